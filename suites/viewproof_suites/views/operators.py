"""Which operators a suite sweeps: those of the catalog that have a layout rule and a generator, by kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from zlib import crc32

from viewproof.cases.model import TensorArgument
from viewproof.catalog import catalog
from viewproof.generate import cases, families, has_generator
from viewproof.generate.bases import STRIDED
from viewproof.generate.corners import CORNER
from viewproof.generate.placements import FAMILIES
from viewproof_reference.layout import has_layout_rule

VIEW_KINDS = ("view", "view-or-copy", "inverse")


@cache
def operators_of(*kinds: str) -> tuple[str, ...]:
    """The catalogued overloads of these kinds that have both a layout rule and a generator, in name order."""
    return tuple(
        sorted(
            name
            for name, entry in catalog().items()
            if entry.kind in kinds and has_layout_rule(name) and has_generator(name)
        )
    )


def views() -> tuple[str, ...]:
    """The operators that return views, sometimes or always."""
    return operators_of(*VIEW_KINDS)


def inplace_views() -> tuple[str, ...]:
    """The operators that change their operand's metadata in place."""
    return operators_of("inplace-view")


def swept_families(operator: str, profile: str) -> tuple[str, ...]:
    """The families of the sweep without the corners, which are single calls on which an operator is known to fail."""
    return tuple([family for family in families(operator, profile) if family != CORNER])


#: Families of bases that differ in their places alone, all with elements and without lazy bits or autograd.
PLACED = tuple([family for family in FAMILIES if family != "empty"])


@cache
def half_of(operator: str, family: str, dealt: tuple[str, ...] = STRIDED) -> int | None:
    """Which half, 0 or 1, a family is in, where those of `dealt` that an operator has are dealt out in turns.

    None for all others. The first one is in a half that depends on the operator's name, so that operators together have
    all in both. What reaches the same kernels once more, in another way, `quick` asks of one half.
    """
    found = [name for name in swept_families(operator, "quick") if name in dealt]
    return None if family not in found else (found.index(family) + crc32(operator.encode())) % 2


def halved(operator: str, families: Iterable[str], half: int, dealt: tuple[str, ...] = STRIDED) -> tuple[str, ...]:
    """The families that are in this half, or in none."""
    return tuple([family for family in families if half_of(operator, family, dealt) in {None, half}])


@cache
def strided_families(operator: str, profile: str) -> tuple[str, ...]:
    """The families whose bases are strided tensors; every case of a family has the same kind of base."""
    found = []
    for family in swept_families(operator, profile):
        first = next(cases(operator, family, profile), None)
        if first is not None and type(first.args[0]) is TensorArgument:
            found.append(family)
    return tuple(found)
