"""Arguments of the operators that reorder dimensions: permute, transpose, movedim, t, mT, adjoint and their kin."""

from __future__ import annotations

from itertools import combinations

from viewproof.generate.grid import Chain, Grid
from viewproof.generate.registry import Calls, arguments, by_rank
from viewproof.generate.roles import bad_dims, bad_orders, dims, orders
from viewproof_reference.layout.model import Layout, Size


@arguments("permute.default", weight=4)
def permute(layout: Layout) -> Calls:
    rank = len(layout.size)
    return Calls(Grid(orders(rank)), Grid(bad_orders(rank)))


@arguments("transpose.int", "movedim.int", weight=3)
@arguments("moveaxis.int", "swapdims.default", "swapaxes.default", weight=2)
@arguments("transpose_.default", "swapdims_.default", "swapaxes_.default", weight=2, without=("grad",))
@by_rank
def two_dims(rank: int) -> Calls:
    return Calls(Grid(dims(rank), dims(rank)), Chain(Grid(bad_dims(rank), (0,)), Grid((-1,), bad_dims(rank))))


@arguments("movedim.intlist", weight=3)
@arguments("moveaxis.intlist", weight=2)
@by_rank
def move_lists(rank: int) -> Calls:
    good: list[tuple[Size, Size]] = [((), ())] if rank else [((0,), (0,)), ((-1,), (0,)), ((), ())]
    for count in range(1, min(rank, 3) + 1):
        for turn, source in enumerate(combinations(range(rank), count)):
            for destination in combinations(range(rank), count):
                good.append((source, destination))
                good.append((tuple(reversed(source)), tuple(dim - rank for dim in destination)))
                if turn % 2:
                    good.append((tuple(dim - rank for dim in source), tuple(reversed(destination))))
    bad: list[tuple[Size, Size]] = [((0, 0), (0, 0)), ((0,), (0, 1)), ((), (0,)), (bad_dims(rank)[:1], (0,))]
    bad.append(((0,), bad_dims(rank)[1:]))
    if rank > 1:
        bad += [((0, 1), (0, 0)), ((0, -rank), (0, 1)), ((0, 1), (0,))]
    return Calls(list(dict.fromkeys(good)), bad)


@arguments("t.default", dtypes="all")
@arguments("t_.default", dtypes="all", without=("grad",))
def t(layout: Layout) -> Calls:
    return Calls([()], []) if len(layout.size) <= 2 else Calls([], [()])


@arguments("mT.default")
@arguments("mH.default", "adjoint.default", dtypes="all")
def matrices(layout: Layout) -> Calls:
    return Calls([()], []) if len(layout.size) >= 2 else Calls([], [()])


@arguments("matrix_H.default", dtypes="all")
def matrix_h(layout: Layout) -> Calls:
    return Calls([()], []) if len(layout.size) in (0, 2) else Calls([], [()])


@arguments("numpy_T.default")
def numpy_t(_layout: Layout) -> Calls:
    return Calls([()], [])
