"""Features that name the cause of a fault: what a torch kernel cannot do, or computes differently.

Those of the Python view are in python_view.py, those of the fallback for lazy bits in bits_fallback.py.
"""

# Each feature uses the case, or the expectation that the reference computed for it.

from __future__ import annotations

from typing import Any

from viewproof.cases.model import Case, SparseArgument, TensorArgument, operand
from viewproof.contract.features import FLOAT8, UNSIGNED, Features, base_of, insignificant, outputs_of
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES, SparseLayout, contiguous_strides, element_count
from viewproof_reference.layout.algebra import INT64_MAX, is_contiguous
from viewproof_reference.layout.positions import needed_bytes

FEATURES = Features()


def argument(case: Case, place: int, name: str, default: Any) -> Any:
    """An argument that may be given by its place or by its name."""
    return case.args[place] if len(case.args) > place else dict(case.kwargs).get(name, default)


def extent_at(case: Case, place: int) -> int | None:
    """The operand's extent (elements) in the dimension that the argument `dim` at `place` names; None if none."""
    base, dim = base_of(case), argument(case, place, "dim", 0)
    if base is None or type(dim) is not int or not -len(base.size) <= dim < len(base.size):
        return None
    return base.size[dim]


@FEATURES.feature("sums-unsummable")
def _unsummable(case: Case, expectation: Expectation) -> bool:
    """At least two sparse entries are to be summed, in a dtype that the kernel is not compiled for. For complex32,
    which can be copied but not summed, some entries must repeat an index.
    """
    base = operand(case.args[0])
    if not isinstance(base, SparseLayout) or base.coalesced or base.values.size[0] < 2:
        return False
    if base.values.dtype == "complex32":
        return 0 not in base.values.size and base.distinct != base.values.size[0]
    return base.values.dtype in UNSIGNED | FLOAT8


@FEATURES.feature("empty-diagonal-moves")
def _empty_diagonal(case: Case, expectation: Expectation) -> bool:
    """The diagonal is empty, and its `offset` times the stride would move the storage offset."""
    base, outputs = base_of(case), outputs_of(expectation)
    if base is None or not outputs or outputs[0].size[-1] != 0:
        return False
    offset = argument(case, 1, "offset", 0)
    dim1, dim2 = argument(case, 2, "dim1", 0), argument(case, 3, "dim2", 1)
    return bool(offset * base.stride[dim2 if offset > 0 else dim1])


def wrapped_length(case: Case) -> int | None:
    """The slice's length if (end - start + step - 1) overflows int64 and wraps; None if it does not overflow."""
    extent, step = extent_at(case, 1), argument(case, 4, "step", 1)
    if extent is None or type(step) is not int or step < 1:
        return None
    start, end, _ = slice(argument(case, 2, "start", None), argument(case, 3, "end", None)).indices(extent)
    rounded = max(end - start, 0) + step - 1
    # C++ divides towards zero.
    return None if rounded <= INT64_MAX else -((2**64 - rounded) // step)


@FEATURES.feature("select-wraps-twice")
def _select_wraps(case: Case, expectation: Expectation) -> bool:
    """`dim` is -rank - 1: counted from the end twice it is the last dimension, where `index` is valid."""
    base = base_of(case)
    if base is None or not base.size or case.args[1] != -len(base.size) - 1:
        return False
    return bool(-base.size[-1] <= case.args[2] < base.size[-1])


@FEATURES.feature("beyond-own-end")
def _beyond_own_end(case: Case, expectation: Expectation) -> bool:
    """The output reaches past the operand's last element, within its storage. Operands that are views or have an
    offset do not count: their fake tensors have the whole storage.
    """
    base, first = base_of(case), case.args[0]
    if base is None or base.offset or "view" in first.flags:
        return False
    return any(needed_bytes(layout) > needed_bytes(base) for layout in outputs_of(expectation))


@FEATURES.feature("slice-overflows")
def _slice_overflows(case: Case, expectation: Expectation) -> bool:
    """Computing the length of the slice overflows int64 (see `wrapped_length`)."""
    return wrapped_length(case) is not None


@FEATURES.feature("slice-to-minus-1")
def _slice_to_minus_1(case: Case, expectation: Expectation) -> bool:
    """Computing the length of the slice overflows int64 and gives -1."""
    return wrapped_length(case) == -1


@FEATURES.feature("slice-to-0")
def _slice_to_0(case: Case, expectation: Expectation) -> bool:
    """Computing the length of the slice overflows int64 and gives 0."""
    return wrapped_length(case) == 0


@FEATURES.feature("zero-chunks")
def _zero_chunks(case: Case, expectation: Expectation) -> bool:
    """The number of chunks is 0."""
    return bool(argument(case, 1, "chunks", 1) == 0)


@FEATURES.feature("negative-chunks-divide")
def _negative_chunks(case: Case, expectation: Expectation) -> bool:
    """The number of chunks is negative, and the piece size computed from it is still one that `split` accepts."""
    extent, chunks = extent_at(case, 2), argument(case, 1, "chunks", 1)
    if extent is None or chunks >= 0:
        return False
    each = (extent + chunks - 1) // chunks
    return each > 0 or (each == 0 and extent == 0)


@FEATURES.feature("chunks-overflow")
def _chunks_overflow(case: Case, expectation: Expectation) -> bool:
    """The extent plus the number of chunks, which `chunk` computes to round up, overflows int64."""
    extent, chunks = extent_at(case, 2), argument(case, 1, "chunks", 1)
    return extent is not None and type(chunks) is int and extent + chunks - 1 > INT64_MAX


@FEATURES.feature("sum-wraps")
def _sum_wraps(case: Case, expectation: Expectation) -> bool:
    """The sum of the parts is not the extent, but equals it modulo 2**64."""
    extent, parts = extent_at(case, 2), case.args[1] if len(case.args) > 1 else None
    if extent is None or type(parts) is not tuple or min(parts, default=-1) < 0:
        return False
    return sum(parts) != extent and sum(parts) % 2**64 == extent


@FEATURES.feature("grown-to-0")
def _grown_to_0(case: Case, expectation: Expectation) -> bool:
    """A sparse tensor without a dimension of extent 0 is to be given one."""
    base = case.args[0]
    return isinstance(base, SparseArgument) and 0 not in base.size and 0 in case.args[1]


@FEATURES.feature("empty-beside-dim")
def _empty_beside(case: Case, expectation: Expectation) -> bool:
    """A dimension other than `dim` has extent 0, so that no number of elements comes out negative."""
    base = base_of(case)
    dim = case.args[1] if len(case.args) > 1 else None
    return base is not None and type(dim) is int and 0 in [*base.size[:dim], *base.size[dim:][1:]]


@FEATURES.feature("contiguous-fits")
def _contiguous_fits(case: Case, expectation: Expectation) -> bool:
    """For `set_` without strides: contiguous ones would stay within the source's storage."""
    if len(case.args) != 4 or not isinstance(case.args[1], TensorArgument):
        return False
    source, offset, size = case.args[1].layout, case.args[2], case.args[3]
    room = source.storage_bytes // DTYPES[source.dtype].itemsize
    return bool(min((offset, *size)) >= 0 and source.offset + offset + element_count(size) <= room)


@FEATURES.feature("free-copy-stride")
def _free_copy_stride(case: Case, expectation: Expectation) -> bool:
    """A copy of an operand of size (1,) whose stride is not 1, and may be kept by the copy."""
    base = base_of(case)
    copies = any(output.shares is None for output in expectation.outputs or ())
    return copies and base is not None and base.size == (1,) and base.stride != (1,)


@FEATURES.feature("keeps-own-strides")
def _keeps_own(case: Case, expectation: Expectation) -> bool:
    """For `set_` without strides: the new size is the operand's own."""
    base, outputs = base_of(case), outputs_of(expectation)
    return base is not None and len(case.args) < 5 and any(out.size == base.size for out in outputs)


@FEATURES.feature("out-not-contiguous")
def _not_contiguous(case: Case, expectation: Expectation) -> bool:
    """An output's elements are not in row-major order without gaps."""
    return any(not is_contiguous(layout.size, layout.stride) for layout in outputs_of(expectation))


@FEATURES.feature("out-free-not-contiguous")
def _free_not_contiguous(case: Case, expectation: Expectation) -> bool:
    """An output has a stride other than the contiguous one where no element depends on it."""
    return any(
        insignificant(layout) != insignificant(layout._replace(stride=contiguous_strides(layout.size)))
        for layout in outputs_of(expectation)
    )


@FEATURES.feature("no-overflow-before-empty")
def _no_overflow(case: Case, expectation: Expectation) -> bool:
    """The first extent but 1 is 0: the number of elements, multiplied from the left, is 0 before it can overflow."""
    base = base_of(case)
    first = next((extent for extent in base.size if extent != 1), 1) if base is not None else 1
    return first == 0
