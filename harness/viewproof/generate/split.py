"""Arguments of the operators of several outputs: split, chunk, tensor_split, hsplit and its kin, unbind."""

from __future__ import annotations

from typing import Any

from viewproof.generate.bases import known
from viewproof.generate.grid import Chain, Grid
from viewproof.generate.registry import Calls, arguments, by_size
from viewproof.generate.roles import bad_dims, compositions, cuts, dims
from viewproof_reference.layout.model import Layout, Size


@arguments("split.Tensor", weight=3)
@arguments("unsafe_split.Tensor", weight=2)
@by_size
def split_by_size(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], [(1,), (1, 0)])
    good: list[Any] = [Grid(range(1 if size[0] else 0, size[0] + 2))]
    bad: list[Any] = [Grid((-1,), dims(rank)), Grid((2,), bad_dims(rank))]
    for dim in dims(rank):
        good.append(Grid(range(1 if size[dim] else 0, size[dim] + 2), (dim,)))
        if size[dim]:
            bad.append([(0, dim)])
    return Calls(Chain(*good), Chain(*bad))


@arguments("split.sizes", "split_with_sizes.default", weight=3)
@arguments("unsafe_split_with_sizes.default", weight=2)
@by_size
def split_by_sizes(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], [((1,),), ((0, 1), 0)])
    good = Chain(Grid(compositions(size[0])), *(Grid(compositions(size[dim]), (dim,)) for dim in dims(rank)))
    bad: list[Any] = [Grid(((size[0], 1), (-1, size[0] + 1), ())), Grid(((1,),), bad_dims(rank))]
    bad += [Grid(((size[dim] + 1,), (size[dim] + 1, -1)), (dim,)) for dim in dims(rank)]
    return Calls(good, Chain(*bad))


@arguments("chunk.default", "tensor_split.sections", weight=3)
@arguments("unsafe_chunk.default", weight=2)
@by_size
def chunk(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], [(1,), (2, 0)])
    good = Chain(Grid((1, 2, 3, 7)), *(Grid(range(1, size[dim] + 3), (dim,)) for dim in dims(rank)))
    return Calls(good, Chain(Grid((0, -1), dims(rank)), Grid((2,), bad_dims(rank))))


@arguments("tensor_split.indices", weight=3)
@by_size
def tensor_split_indices(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], [((1,),), ((), 0)])
    good = Chain(Grid(cuts(size[0])), *(Grid(cuts(size[dim]), (dim,)) for dim in dims(rank)))
    return Calls(good, Grid(((1,), (0, 2)), bad_dims(rank)))


@arguments("tensor_split.tensor_indices_or_sections", weight=2)
@by_size
def tensor_split_tensor(size: Size) -> Calls:
    rank = len(size)
    wrong: list[tuple[Any, ...]] = [
        (known((1, 1), (1, 2)),), (known((1,), (1,), "int32"),), (known((1,), (), "float32"),), (known((0,), ()),),
        *((known((1,), (1,)), dim) for dim in bad_dims(rank)),
    ]  # fmt: skip
    if not rank:
        return Calls([], [(known((1,), ()),), *wrong])
    good = [Grid([known((sections,), ()) for sections in range(1, size[dim] + 3)], (dim,)) for dim in dims(rank)] + [
        Grid([known(cut, (len(cut),)) for cut in cuts(size[dim])], (dim,)) for dim in dims(rank)
    ]
    return Calls(Chain(*good, [(known((2,), ()),)]), wrong)


def _fixed(size: Size, dim: int, least: int) -> Calls:
    if len(size) < least:
        return Calls([], [(1,), (2,)])
    extent = size[dim]
    even = [(sections,) for sections in range(1, max(extent, 3) + 1) if extent % sections == 0]
    odd = [(sections,) for sections in range(2, extent + 2) if extent % sections]
    return Calls(even, [*odd, (0,), (-1,)])


def _fixed_cuts(size: Size, dim: int, least: int) -> Calls:
    if len(size) < least:
        return Calls([], [((),), ((1,),)])
    return Calls(Grid(cuts(size[dim])), [])


@arguments("hsplit.int", weight=2)
def hsplit(layout: Layout) -> Calls:
    return _fixed(layout.size, 1 if len(layout.size) > 1 else 0, 1)


@arguments("vsplit.int", weight=2)
def vsplit(layout: Layout) -> Calls:
    return _fixed(layout.size, 0, 2)


@arguments("dsplit.int", weight=2)
def dsplit(layout: Layout) -> Calls:
    return _fixed(layout.size, 2, 3)


@arguments("hsplit.array", weight=2)
def hsplit_array(layout: Layout) -> Calls:
    return _fixed_cuts(layout.size, 1 if len(layout.size) > 1 else 0, 1)


@arguments("vsplit.array", weight=2)
def vsplit_array(layout: Layout) -> Calls:
    return _fixed_cuts(layout.size, 0, 2)


@arguments("dsplit.array", weight=2)
def dsplit_array(layout: Layout) -> Calls:
    return _fixed_cuts(layout.size, 2, 3)


@arguments("unbind.int", weight=2)
def unbind(layout: Layout) -> Calls:
    rank = len(layout.size)
    if not rank:
        return Calls([], [(), (0,)])
    return Calls(Chain([()], Grid(dims(rank))), Grid(bad_dims(rank)))
