"""The families of strided bases: where a tensor may lie on its storage, before it has a dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import permutations
from typing import NamedTuple

from viewproof.generate.grid import spread
from viewproof_reference.layout.algebra import positions, span
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

# A position is a value in one byte for the narrow dtypes, so that storages stay within this many elements.
STORAGE_LIMIT = 120
QUICK_COUNT = 12


class Placement(NamedTuple):
    """Size, strides, offset and storage, all counted in elements."""

    size: Size
    stride: Size
    offset: int
    elements: int


SIZES: tuple[Size, ...] = (
    (2,), (3,), (4,), (5,), (6,), (8,),
    (2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (4, 2), (3, 4), (4, 3), (2, 6), (6, 2), (4, 4), (5, 3),
    (2, 2, 2), (2, 3, 2), (3, 2, 2), (2, 2, 3), (2, 3, 4), (4, 3, 2), (3, 2, 4), (2, 4, 3), (3, 3, 3), (4, 2, 2),
    (2, 2, 2, 2), (2, 3, 2, 2), (3, 2, 2, 2), (2, 2, 2, 3), (2, 2, 3, 2), (3, 2, 1, 2),
    (2, 2, 2, 2, 2), (2, 1, 3, 2, 2), (3, 2, 2, 2, 2),
    (2, 2, 2, 2, 2, 2), (1, 2, 2, 2, 1, 3), (2, 1, 2, 1, 2, 3),
)  # fmt: skip


def place(size: Size, stride: Size, offset: int = 0, slack: int = 0) -> Placement:
    """A placement on a storage that ends `slack` elements behind the last one read."""
    return Placement(size, stride, offset, offset + span(size, stride) + slack)


def _contiguous() -> Iterator[Placement]:
    for size in SIZES:
        yield place(size, contiguous_strides(size))


def _orders(rank: int) -> list[Size]:
    every = list(permutations(range(rank)))[1:]
    return every if rank < 4 else [every[-1], *spread(every, 5)]


def _permuted() -> Iterator[Placement]:
    for size in SIZES:
        stride = contiguous_strides(size)
        for order in _orders(len(size)):
            yield place(tuple(size[dim] for dim in order), tuple(stride[dim] for dim in order))


def _stepped() -> Iterator[Placement]:
    for size in SIZES:
        rank = len(size)
        for step in (2, 3):
            for stepped in {rank - 1, 0, rank // 2}:
                whole = tuple(extent * (step if dim == stepped else 1) for dim, extent in enumerate(size))
                dense = contiguous_strides(whole)
                stride = tuple(one * (step if dim == stepped else 1) for dim, one in enumerate(dense))
                yield Placement(size, stride, 0, element_count(whole))


def _offset() -> Iterator[Placement]:
    for turn, size in enumerate(SIZES):
        for offset in (1 + turn % 7, 8):
            yield place(size, contiguous_strides(size), offset, turn % 3)
            yield place(size, tuple(reversed(contiguous_strides(tuple(reversed(size))))), offset + 1)


def _expanded() -> Iterator[Placement]:
    for size in SIZES:
        rank = len(size)
        for hidden in ({0}, {rank - 1}, {rank // 2}, set(range(rank)), {0, rank - 1}):
            kept = tuple(1 if dim in hidden else extent for dim, extent in enumerate(size))
            dense = contiguous_strides(kept)
            yield place(size, tuple(0 if dim in hidden else one for dim, one in enumerate(dense)), len(hidden) - 1)


def _overlapping() -> Iterator[Placement]:
    patterns: dict[int, tuple[Size, ...]] = {
        2: ((1, 1), (2, 1), (1, 2), (3, 2)),
        3: ((1, 1, 1), (2, 1, 1), (3, 2, 1), (1, 2, 1), (4, 2, 2)),
        4: ((1, 1, 1, 1), (4, 2, 1, 1), (6, 3, 2, 1)),
        5: ((5, 4, 3, 2, 1), (1, 1, 1, 1, 1)),
        6: ((8, 4, 2, 2, 1, 1),),
    }
    for size in SIZES:
        for turn, stride in enumerate(patterns.get(len(size), ())):
            found = place(size, stride, turn % 2)
            read = positions(Layout(size, stride, 0, "int64"))
            if len(set(read)) < len(read):
                yield found


def _gaps() -> Iterator[Placement]:
    for turn, size in enumerate(SIZES):
        rank = len(size)
        yield place(size, contiguous_strides(size), 0, 3 + turn % 4)
        for padded in {rank - 1, rank // 2} if rank > 1 else ():
            whole = tuple(extent + (1 + turn % 2 if dim == padded else 0) for dim, extent in enumerate(size))
            yield place(size, contiguous_strides(whole), 0, 2)


def _empty() -> Iterator[Placement]:
    sizes: tuple[Size, ...] = (
        (0,), (2, 0), (0, 3), (0, 0), (3, 0, 2), (0, 1, 2), (2, 3, 0), (1, 0), (0, 2, 2), (2, 0, 2, 2), (0, 3, 2, 2),
        (2, 3, 0, 2, 1), (1, 2, 0, 2, 1, 2),
    )  # fmt: skip
    for size in sizes:
        yield place(size, contiguous_strides(size))
        yield place(size, tuple(range(len(size), 0, -1)), 2)
        yield place(size, (0,) * len(size), 0, 4)


def _scalar() -> Iterator[Placement]:
    for elements in range(1, 9):
        for offset in range(elements):
            yield Placement((), (), offset, elements)


def _ones() -> Iterator[Placement]:
    sizes: tuple[Size, ...] = (
        (1,), (1, 1), (1, 3), (3, 1), (4, 1), (1, 1, 1), (2, 1, 3), (1, 2, 3), (2, 3, 1), (1, 4, 1), (2, 1, 1, 3),
        (1, 2, 2, 1), (1, 1, 2, 2), (2, 1, 2, 1, 2), (1, 1, 1, 1, 1, 1),
    )  # fmt: skip
    for size in sizes:
        dense = contiguous_strides(size)
        for odd in (0, 5, 7, 50):
            yield place(size, tuple(odd if extent == 1 else one for extent, one in zip(size, dense, strict=True)))


def _channels_last() -> Iterator[Placement]:
    sizes: tuple[Size, ...] = (
        (2, 3, 2, 2), (1, 2, 2, 3), (2, 2, 2, 2, 2), (2, 4, 3, 2), (1, 3, 2, 2, 2), (2, 1, 3, 2), (3, 2, 2, 2),
        (2, 3, 2, 2, 2), (2, 2, 1, 1), (2, 2, 1, 2, 3), (1, 1, 2, 2), (2, 1, 2, 2, 2), (1, 4, 1, 3), (2, 2, 3, 4),
        (3, 1, 1, 2, 2),
    )  # fmt: skip
    for size in sizes:
        moved = contiguous_strides((size[0], *size[2:], size[1]))
        stride = (moved[0], moved[-1], *moved[1:-1])
        for offset in (0, 3):
            yield place(size, stride, offset)
        yield place(size, stride, 0, 5)


FAMILIES: dict[str, Callable[[], Iterator[Placement]]] = {
    "contiguous": _contiguous,
    "permuted": _permuted,
    "stepped": _stepped,
    "offset": _offset,
    "expanded": _expanded,
    "overlapping": _overlapping,
    "gaps": _gaps,
    "empty": _empty,
    "scalar": _scalar,
    "ones": _ones,
    "channels-last": _channels_last,
}
# Families that are about the tensor and not about its placement: they take placements from all the others.
MARKED = ("conj", "neg", "grad", "view")


@cache
def _whole_families() -> dict[str, tuple[Placement, ...]]:
    seen: set[Placement] = set()
    found: dict[str, tuple[Placement, ...]] = {}
    for name, family in FAMILIES.items():
        fresh = dict.fromkeys(one for one in family() if one.elements <= STORAGE_LIMIT and one not in seen)
        seen.update(fresh)
        found[name] = tuple(fresh)
    return found


@cache
def placements(family: str, wide: bool) -> tuple[Placement, ...]:
    """The places of a family, each in one family only; `wide` gives all of them, else a spread choice."""
    whole = _whole_families()
    if family not in MARKED:
        return whole[family] if wide else tuple(spread(whole[family], QUICK_COUNT))
    every = [one for name in FAMILIES for one in placements(name, wide)]
    turn = MARKED.index(family)
    return tuple(every[turn :: 8 if wide else 10])
