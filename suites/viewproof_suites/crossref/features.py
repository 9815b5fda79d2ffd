"""Features for crossref's known issues: strides of views that become copies, and strides of the Python view."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.features import Features, base_of, insignificant, outputs_of, significant
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import Layout, Size, contiguous_strides, element_count, itemsize
from viewproof_reference.layout.algebra import restride
from viewproof_reference.layout.positions import needed_bytes
from viewproof_suites.views.features.python_view import python_view

FEATURES = Features()


def _row_major(layout: Layout) -> Layout:
    return layout._replace(stride=contiguous_strides(layout.size))


@FEATURES.feature("view-not-row-major")
def _view_not_row_major(case: Case, expectation: Expectation) -> bool:
    """The significant strides of a view, which is not the operand itself, are not row-major."""
    views = [one.layout for one in expectation.outputs or () if one.shares is not None and not one.identity]
    return any(isinstance(one, Layout) and significant(one) != significant(_row_major(one)) for one in views)


@FEATURES.feature("out-not-row-major")
def _out_not_row_major(case: Case, expectation: Expectation) -> bool:
    """The significant strides of an output, which may be the operand itself, are not row-major."""
    return any(significant(one) != significant(_row_major(one)) for one in outputs_of(expectation))


def _python_strides(case: Case, expectation: Expectation) -> Layout | None:
    base, outputs = base_of(case), outputs_of(expectation)
    if base is None or not outputs or element_count(base.size) != element_count(outputs[0].size):
        return None
    stride = python_view(base.size, base.stride, outputs[0].size)
    return None if stride is None else base._replace(size=outputs[0].size, stride=stride)


@FEATURES.feature("python-view-not-row-major")
def _python_not_row_major(case: Case, expectation: Expectation) -> bool:
    """The significant strides that the Python view gives the operand in the output's size are not row-major."""
    seen = _python_strides(case, expectation)
    return seen is not None and significant(seen) != significant(_row_major(seen))


@FEATURES.feature("views-itself-otherwise")
def _views_itself_otherwise(case: Case, expectation: Expectation) -> bool:
    """Viewed in its own size, the output gets other strides from the Python view than from the C++ one, where no
    element depends on them. For `lift`, whose output is the operand, or a copy of it without its lazy bits.
    """
    outputs = outputs_of(expectation)
    if not outputs:
        return False
    base = outputs[0]
    python = python_view(base.size, base.stride, base.size)
    plain = restride(base.size, base.stride, base.size)
    if python is None or plain is None:
        return False
    return insignificant(base._replace(stride=python)) != insignificant(base._replace(stride=plain))


@FEATURES.feature("beyond-resolved-copy")
def _beyond_resolved_copy(case: Case, expectation: Expectation) -> bool:
    """For `as_strided` of an operand with a lazy bit: the output, taken from the operand's dense copy at the given
    offset (0 if none is given), would leave the copy's storage.
    """
    base, outputs = base_of(case), outputs_of(expectation)
    if base is None or not (base.conj or base.neg) or not outputs:
        return False
    given = (*case.args[3:], dict(case.kwargs).get("storage_offset"))[0]
    placed = outputs[0]._replace(offset=given or 0)
    return needed_bytes(placed) > element_count(base.size) * itemsize(base.dtype)


@FEATURES.feature("asks-to-preserve")
def _asks_to_preserve(case: Case, expectation: Expectation) -> bool:
    """The memory format is given as preserve_format."""
    return "preserve_format" in (*case.args, *[value for _, value in case.kwargs])


def _sliced(size: Size, numbers: tuple[int | None, ...]) -> Size | None:
    # The size of the slice by the arguments of `slice_inverse` after its operands; None for a scalar.
    if not size:
        return None
    dim, start, end, step = (*numbers, *(0, None, None, 1)[len(numbers) :])
    place = (dim or 0) % len(size)
    count = len(range(size[place])[slice(start, end, step)])
    return (*size[:place], count, *size[place + 1 :])


@FEATURES.feature("inverse-of-other-slice")
def _inverse_of_other_slice(case: Case, expectation: Expectation) -> bool:
    """For `slice_inverse`: the second operand's size is not that of the slice of the first one."""
    base = base_of(case)
    source = case.args[1] if len(case.args) > 1 else None
    if base is None or not isinstance(source, TensorArgument):
        return False
    numbers = dict(case.kwargs)
    given = (
        *case.args[2:],
        *[numbers[name] for name in ("dim", "start", "end", "step")[len(case.args) - 2 :] if name in numbers],
    )
    return _sliced(base.size, given) != source.layout.size
