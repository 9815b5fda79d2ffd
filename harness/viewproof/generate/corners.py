"""Corner cases, at the limits of 64-bit integers, of sizes and of strides: whole calls, by name, run in every profile.

Other generators draw bases and arguments independently, and meet a given pair of both by chance only; these cases are
pairs that always run.
"""

from __future__ import annotations

from collections.abc import Iterator

from viewproof.cases.model import Case
from viewproof.cases.parse import parse_case

#: The family that holds them.
CORNER = "corner"

_LAST = 2**63 - 1
_CUT_AT_LAST = f"0, None, None, {_LAST}"
# The parts are more than int64 counts, and as many as the dimension has once the count has wrapped.
_WRAPPED = "[4611686018427387904,4611686018427387904,4611686018427387904,4611686018427387904,3]"
_SUMS = "(int16[3], [0,0,0,0,3], 0)"

CORNERS: dict[str, tuple[str, ...]] = {
    "aten.slice.Tensor": (
        f"(int16[5], {_CUT_AT_LAST})",
        f"(int16[3,5], {_CUT_AT_LAST})",
        f"(int16[2,3], 1, None, None, {_LAST})",
        f"(int16[5,2]:[0,1], {_CUT_AT_LAST})",
        f"(int16[5,0], {_CUT_AT_LAST})",
        f"(int16[3], {_CUT_AT_LAST})",
        f"(int16[2], {_CUT_AT_LAST})",
        f"(int16[3,0], {_CUT_AT_LAST})",
        f"(int16[1], {_CUT_AT_LAST})",
        f"(int16[5], 0, 1, 4, {_LAST - 3})",
        f"(int16[5], 0, 0, 4, {_LAST - 3})",
        f"(float32[5]~grad, {_CUT_AT_LAST})",
    ),
    "aten.chunk.default": (f"(int16[3], {_LAST}, 0)", f"(int16[1], {_LAST}, 0)", "(int16[3], 4611686018427387904, 0)"),
    "aten.unsafe_chunk.default": (f"(int16[3], {_LAST}, 0)", f"(int16[1], {_LAST}, 0)"),
    "aten.split.Tensor": (f"(int16[3], {_LAST}, 0)",),
    "aten.unsafe_split.Tensor": (f"(int16[3], {_LAST}, 0)",),
    "aten.split_with_sizes.default": (f"(int16[3], {_WRAPPED}, 0)", f"(int16[3], [{_LAST},{_LAST},5], 0)", _SUMS),
    "aten.split.sizes": (f"(int16[3], {_WRAPPED}, 0)", _SUMS),
    "aten.unsafe_split_with_sizes.default": (f"(int16[3], {_WRAPPED}, 0)", _SUMS, "(float32[1]:[5]~neg, [0,1,0], 0)"),
    "aten.expand.default": (
        "(int16[0], [-2,0])",
        "(int16[1,0], [-2,1,0])",
        "(int16[2,0], [-2,2,0])",
        "(int16[0], [2,2,0])",
    ),
    "aten.broadcast_to.default": ("(int16[0], [-2,0])", "(int16[2,0], [-2,2,0])", "(int16[0], [2,2,0])"),
    "aten._sparse_broadcast_to.default": ("(sparse_coo([1,3], indices=int64[2,1]{0,1}, values=float32[1]), [0,3])",),
    # A copy whose dimensions of one element get other strides than the operand's.
    "aten._autocast_to_full_precision.default": ("(float16[1,2,2,2,1,3]:[12,6,3,0,3,1], True, True)",),
    # As many elements where no view is; strides of another sign; a size that the storage has no room for.
    "aten._reshape_alias.default": (
        "(int16[2,4]:[1,2], [8], [1])",
        "(int16[2], [2], [-1])",
        "(int16[2,4]:[2,1]+1, [8], [1])",
    ),
    "aten.squeeze.dims": ("(int16[], [0,0])", "(int16[], [0])"),
    # The operand's own size and no strides: it keeps its own, which may reach behind the source.
    "aten.set_.default": ("(int16[0]:[0])", "(int16[1]:[0])"),
    "aten.set_.source_Tensor_storage_offset": (
        "(int16[2]:[3], int16[4], 0, [2])",
        "(int16[2,2]:[3,1], int16[4], 0, [2,2])",
    ),
    # A memory format on elements that lie on one another, without and with a lazy bit.
    "aten.resize_as_.default": (
        "(int16[2,2]:[0,1], int16[2,2], memory_format=contiguous_format)",
        "(complex64[3,4]:[1,1]~neg, complex64[3,4], memory_format=contiguous_format)",
    ),
    "aten.squeeze_.dim": ("(complex64[3,2,1,2]:[12,6,6,1]~conj, 2)",),
}


def corner_cases(operator: str) -> Iterator[Case]:
    """The corner cases of `operator`, in order; none where it has no corner."""
    for call in CORNERS.get(operator, ()):
        yield parse_case(operator + call)
