"""Whole calls on dual bases: a primal and a tangent of one size, each placed in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from viewproof.cases.model import DualArgument, TensorArgument
from viewproof.generate.bases import GRAD, argument, plain
from viewproof.generate.placements import FAMILIES, Placement, placements
from viewproof.generate.registry import WholeCall, composite
from viewproof_reference.layout import DualLayout, Refusal, predict
from viewproof_reference.layout.model import contiguous_strides


@cache
def _pairs(wide: bool) -> tuple[tuple[TensorArgument, TensorArgument], ...]:
    found: dict[tuple[TensorArgument, TensorArgument], None] = {}
    turn = 0
    for family in FAMILIES:
        for place in placements(family, wide):
            for step in range(3 if wide else 1):
                dtype = GRAD[(turn + step) % 3]
                primal = argument(place, dtype)
                dense = plain(dtype, place.size, contiguous_strides(place.size))
                shifted = argument(Placement(place.size, place.stride, place.offset + 1, place.elements + 1), dtype)
                found[primal, (primal, dense, shifted)[turn % 3]] = None
            turn += 1
    return tuple(found)


@composite("dual", "_make_dual.default")
def make_dual(wide: bool) -> Iterator[WholeCall]:
    """A tangent with the primal's layout, contiguous, or elsewhere; tangents of another size or dtype are refused."""
    for turn, (primal, tangent) in enumerate(_pairs(wide)):
        yield (primal, tangent, 0), ()
        if turn % 6 == 0:
            size = (*primal.layout.size, 2)
            yield (primal, plain(primal.layout.dtype, size, contiguous_strides(size)), 0), ()
        if turn % 6 == 3:
            size = primal.layout.size
            other = "float64" if primal.layout.dtype == "float32" else "float32"
            yield (primal, plain(other, size, contiguous_strides(size)), 0), ()


def _accepted(primal: TensorArgument, tangent: TensorArgument) -> bool:
    # Only a tangent that a dual tensor can really carry, and carry as it is, makes a base.
    try:
        (output,) = predict("aten._make_dual.default", (primal.layout, tangent.layout, 0), {})
    except Refusal:
        return False
    return isinstance(output.layout, DualLayout) and output.layout.tangent == tangent.layout


@composite("dual", "_fw_primal.default", "_unpack_dual.default")
def of_dual(wide: bool) -> Iterator[WholeCall]:
    """Dual tensors, and plain ones, which have a primal and no tangent."""
    for turn, (primal, tangent) in enumerate(_pairs(wide)):
        carried = tangent if turn % 5 and _accepted(primal, tangent) else None
        yield (DualArgument(primal, carried), 0), ()
