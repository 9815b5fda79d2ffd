"""A model of the strides that torch's Python view computes, and the features of cases where they matter.

Torch has two views. The C++ one solves for the strides at once; the reference follows it. The Python one
(torch/_refs/__init__.py, `_reshape_view_helper`), which fake tensors reach, and meta tensors under the Python
dispatcher, merges and splits dimensions from the left, and keeps the strides of one-element dimensions. Both agree on
every stride that an element depends on, unless the Python one accepts a size that no strides can express.
"""

from __future__ import annotations

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.features import Features, base_of, insignificant, outputs_of, significant
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import Layout, Refusal, Size, contiguous_strides, element_count
from viewproof_reference.layout.algebra import infer_size

FEATURES = Features()


def python_view(size: Size, stride: Size, wanted: Size) -> Size | None:
    """The strides (elements) of the view of `size` and `stride` as `wanted`; None where the Python view refuses it.

    `wanted` has as many elements as `size`, and no -1.
    """
    if 0 in size:
        return contiguous_strides(wanted)
    if not size:
        return (1,) * len(wanted)
    if not wanted:
        return ()
    # Dimensions of one element are ignored here, so that their strides are replaced where they were not merged.
    if _contiguous(size, stride) and (len(wanted), len(size) > 1) in ((1, True), (2, False)):
        return contiguous_strides(wanted)
    return _from_the_left(list(size), list(stride), wanted)


def _contiguous(size: Size, stride: Size) -> bool:
    dense = contiguous_strides(size)
    return all(extent == 1 or one == other for extent, one, other in zip(size, stride, dense, strict=True))


def _from_the_left(size: list[int], stride: list[int], wanted: Size) -> Size | None:
    for place, extent in enumerate(wanted):
        if place >= len(size):
            size.append(1)
            stride.append(stride[-1])
            continue
        if extent == size[place]:
            continue
        last, merged = place, size[place]
        while merged % extent:
            last += 1
            merged *= size[last]
        if last != place:
            step = _merged_stride(size[place : last + 1], stride[place : last + 1])
            if step is None:
                return None
            size[place : last + 1] = [merged]
            stride[place : last + 1] = [step]
        if merged != extent:
            size[place : place + 1] = [extent, merged // extent]
            stride[place : place + 1] = [stride[place] * (merged // extent), stride[place]]
    return tuple(stride[: len(wanted)])


def _merged_stride(size: list[int], stride: list[int]) -> int | None:
    # Neighbours are compared in pairs, and a pair with a dimension of one element always passes: the dimensions on
    # either side of it are never compared.
    for place in range(len(size) - 1):
        inner = place + 1
        if 1 not in (size[place], size[inner]) and stride[place] != stride[inner] * size[inner]:
            return None
    return min([stride[-1], *(step for extent, step in zip(size[:-1], stride[:-1], strict=True) if extent != 1)])


def _viewed_as(case: Case, expectation: Expectation) -> Size | None:
    # The size that the view is asked for: the output's, or the argument of a refused call.
    base, outputs = base_of(case), outputs_of(expectation)
    if outputs:
        return outputs[0].size
    wanted = case.args[1] if len(case.args) > 1 else None
    if base is None or not isinstance(wanted, (tuple, TensorArgument)):
        return None
    try:
        size = wanted if isinstance(wanted, tuple) else wanted.layout.size
        return infer_size(size, element_count(base.size))
    except Refusal:
        return None


def _python_layout(case: Case, expectation: Expectation) -> Layout | None:
    # The strides that the Python view gives; None where it refuses.
    base, wanted = base_of(case), _viewed_as(case, expectation)
    if base is None or wanted is None or element_count(wanted) != element_count(base.size):
        return None
    stride = python_view(base.size, base.stride, wanted)
    return None if stride is None else base._replace(size=wanted, stride=stride)


@FEATURES.feature("python-view-accepts")
def _python_accepts(case: Case, expectation: Expectation) -> bool:
    """The Python view has strides for the size that is asked for."""
    return _python_layout(case, expectation) is not None


@FEATURES.feature("python-view-refuses")
def _python_refuses(case: Case, expectation: Expectation) -> bool:
    """The size that is asked for has as many elements, and the Python view has no strides for it."""
    base, wanted = base_of(case), _viewed_as(case, expectation)
    alike = base is not None and wanted is not None and element_count(wanted) == element_count(base.size)
    return alike and _python_layout(case, expectation) is None


def _views(expectation: Expectation) -> list[Layout]:
    # Expected outputs that are views and not the very operand.
    return [
        output.layout
        for output in expectation.outputs or ()
        if isinstance(output.layout, Layout) and output.shares is not None and not output.identity
    ]


@FEATURES.feature("python-view-other-stride")
def _python_other(case: Case, expectation: Expectation) -> bool:
    """The Python view gives a view another stride, of those that an element depends on."""
    seen = _python_layout(case, expectation)
    return seen is not None and any(significant(seen) != significant(wanted) for wanted in _views(expectation))


@FEATURES.feature("python-view-other-free-stride")
def _python_other_free(case: Case, expectation: Expectation) -> bool:
    """The Python view gives a view another stride, of those that no element depends on."""
    seen = _python_layout(case, expectation)
    return seen is not None and any(insignificant(seen) != insignificant(wanted) for wanted in _views(expectation))
