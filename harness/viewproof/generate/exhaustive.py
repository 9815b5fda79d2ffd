"""Bounded-exhaustive bases: every layout up to rank 3 and extent 3 from a fixed set of strides and offsets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from viewproof.cases.model import TensorArgument
from viewproof.generate.bases import POOLS, argument
from viewproof.generate.placements import Placement, place

RANKS = ("rank-0", "rank-1", "rank-2", "rank-3")
EXTENTS = (0, 1, 2, 3)
STRIDES = (0, 1, 2, 3, 4, 6, 9)
OFFSETS = (0, 1)


def bounded_placements(rank: int) -> Iterator[Placement]:
    """Every placement of `rank` in the fixed family, sizes outermost, on its tight storage."""
    for size in product(EXTENTS, repeat=rank):
        for stride in product(STRIDES, repeat=rank):
            for offset in OFFSETS:
                yield place(size, stride, offset)


class bounded_bases:  # noqa: N801 - reads as the function it stands for: `for base in bounded_bases(...)`
    """The bases of one rank, made as they are asked for. One dtype: the first that the operator's question allows."""

    __slots__ = ("_dtypes", "_rank")

    def __init__(self, family: str, dtypes: str) -> None:
        self._rank = RANKS.index(family)
        self._dtypes = dtypes

    def __iter__(self) -> Iterator[TensorArgument]:
        dtype = {"any": "int64", "all": "float32", "float": "float32"}.get(self._dtypes, POOLS[self._dtypes][""][0])
        for one in bounded_placements(self._rank):
            if self._dtypes == "pairs":
                stride = (*(step * 2 for step in one.stride), 1)
                yield argument(place((*one.size, 2), stride, one.offset * 2), dtype)
            else:
                yield argument(one, dtype)
