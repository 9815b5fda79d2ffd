"""Arguments of the operators that change the shape in place of the order: view, unflatten, squeeze, unsqueeze."""

from __future__ import annotations

from functools import cache
from typing import Any

from viewproof.cases.model import TensorArgument
from viewproof.generate.bases import beside, plain
from viewproof.generate.grid import Chain, Grid, spread, unique
from viewproof.generate.registry import Calls, arguments, by_size
from viewproof.generate.roles import bad_dims, dims, factorings, targets, wrong_sizes
from viewproof_reference.layout.algebra import restride, span
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count


@cache
def viewable(size: Size, stride: Size) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
    """The sizes that these strides can be viewed as, and those that the element count allows but the strides do not."""
    count = element_count(size)
    fits: list[Size] = []
    torn: list[Size] = []
    for target in unique(size, *targets(count)):
        known = [extent for extent in target if extent >= 0]
        whole = target
        if len(known) < len(target):
            rest = count // max(element_count(tuple(known)), 1)
            whole = tuple(rest if extent < 0 else extent for extent in target)
        (torn if restride(size, stride, whole) is None else fits).append(target)
    return tuple(fits), tuple(torn)


@arguments("view.default", weight=6)
@arguments("_unsafe_view.default", weight=2)
def view(layout: Layout) -> Calls:
    fits, torn = viewable(layout.size, layout.stride)
    return Calls(Grid(fits), Chain(Grid(spread(torn, 4)), Grid(wrong_sizes(element_count(layout.size)))))


@arguments("_test_autograd_multiple_dispatch_view.default")
def flat_view(layout: Layout) -> Calls:
    flat = restride(layout.size, layout.stride, (element_count(layout.size),))
    return Calls([], [()]) if flat is None else Calls([()], [])


@cache
def templates(size: Size, dtype: str) -> tuple[TensorArgument, ...]:
    """Second operands of `size` whose layout and dtype an operator must not look at."""
    other = "float32" if dtype != "float32" else "uint8"
    dense = plain(dtype, size, contiguous_strides(size))
    if len(size) < 2:
        return (dense, plain(other, size, (3,) * len(size), 2))
    turned = tuple(reversed(contiguous_strides(tuple(reversed(size)))))
    return (dense, plain(other, size, turned), plain(dtype, size, (0,) * len(size), 1))


def aliased(layout: Layout, sizes: Any) -> list[TensorArgument]:
    """Second operands of `sizes` on the first one's storage, where they fit in it."""
    room = layout.storage_bytes // itemsize(layout.dtype)
    found: list[TensorArgument] = []
    for turn, size in enumerate(sizes):
        stride = contiguous_strides(size)
        need = span(size, stride)
        if need <= room:
            found.append(beside(layout, size, stride, (room - need) * (turn % 2)))
    return found


@arguments("view_as.default", weight=3)
def view_as(layout: Layout) -> Calls:
    fits, torn = viewable(layout.size, layout.stride)
    sizes = [size for size in fits if -1 not in size]
    good = [one for size in sizes for one in templates(size, layout.dtype)]
    bad = [size for size in (*torn, *wrong_sizes(element_count(layout.size))) if min(size, default=0) >= 0]
    return Calls(
        Grid([*aliased(layout, sizes[:3]), *good]), Grid([templates(size, layout.dtype)[0] for size in bad[:4]])
    )


@arguments("unflatten.int", weight=3)
@by_size
def unflatten(size: Size) -> Calls:
    rank = len(size)
    good: list[tuple[Any, ...]] = []
    bad: list[tuple[Any, ...]] = [(dim, (2, 2)) for dim in bad_dims(rank)]
    for dim in dims(rank) if rank else ():
        extent = size[dim]
        if extent:
            good += [(dim, parts) for parts in targets(extent) if parts]
            bad += [(dim, parts) for parts in (*wrong_sizes(extent)[:4], ())]
        else:
            good += [(dim, parts) for parts in factorings(0)]
            bad += [(dim, (0, -1)), (dim, (2, 3))]
    if not rank:
        bad += [(0, (1,)), (-1, (1, 1))]
    return Calls(good, bad)


@arguments("squeeze.default")
@arguments("squeeze_.default", without=("grad",))
def squeeze(_layout: Layout) -> Calls:
    return Calls([()], [])


@arguments("squeeze.dim", weight=2)
@arguments("squeeze_.dim", without=("grad",))
def squeeze_dim(layout: Layout) -> Calls:
    rank = len(layout.size)
    return Calls(Grid(dims(rank)), Grid(bad_dims(rank)))


@arguments("squeeze.dims", weight=2)
@arguments("squeeze_.dims", without=("grad",))
@by_size
def squeeze_dims(size: Size) -> Calls:
    rank = len(size)
    every = tuple(range(rank))
    good: list[Size] = [(), *((dim,) for dim in dims(rank)), every, tuple(dim - rank for dim in every)]
    good += [(dim, (dim + 1) % rank) for dim in range(rank) if rank > 1]
    good.append(tuple(dim for dim in every if size[dim] == 1))
    bad: list[Size] = [(0, 0), *((dim,) for dim in bad_dims(rank))]
    if rank:
        bad.append((0, -rank))
    return Calls(Grid(unique(*good)), Grid(unique(*bad)))


@arguments("unsqueeze.default", weight=2)
@arguments("unsqueeze_.default", without=("grad",))
def unsqueeze(layout: Layout) -> Calls:
    rank = len(layout.size) + 1
    return Calls(Grid(range(-rank, rank)), Grid((rank, -rank - 1)))
