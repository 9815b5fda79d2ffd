"""Arguments of the operators that pick by index: select, slice, narrow, unfold, diagonal, as_strided."""

from __future__ import annotations

from functools import cache
from typing import Any

from viewproof.generate.bases import beside, known, plain
from viewproof.generate.grid import Chain, Grid, KeywordCall, unique
from viewproof.generate.registry import Calls, arguments, by_size
from viewproof.generate.roles import bad_dims, bounds, dims, strides_beyond, strides_within
from viewproof_reference.layout.algebra import INT64_MAX, span
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout, Size, contiguous_strides


@arguments("select.int", weight=4)
@by_size
def select(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], Grid((0, -1), (0, -1)))
    good = Chain(*(Grid((dim,), range(-size[dim], size[dim])) for dim in dims(rank)))
    bad = Chain(
        Grid(bad_dims(rank), (0,)), *(Grid((dim,), unique(size[dim], -size[dim] - 1)) for dim in dims(rank)[::-1])
    )
    return Calls(good, bad)


@arguments("slice.Tensor", weight=7)
@by_size
def slice_(size: Size) -> Calls:
    rank = len(size)
    if not rank:
        return Calls([], [(), (0, None, None, 1)])
    good = Chain(
        [(), (0,), (0, None, None, INT64_MAX)],
        *(Grid((dim,), bounds(size[dim]), bounds(size[dim]), unique(1, 2, 3, size[dim] + 1)) for dim in dims(rank)),
    )
    bad = Chain(Grid(dims(rank), (None, 0), (None, 2), (0, -1)), Grid(bad_dims(rank), (0,), (1,)))
    return Calls(good, bad)


@arguments("slice_inverse.default", weight=2, without=("grad",))
@cache
def slice_inverse(layout: Layout) -> Calls:
    room = layout.storage_bytes // itemsize(layout.dtype)
    good: list[tuple[Any, ...]] = []
    for turn, (size, stride, offset) in enumerate(strides_within(room)[:24]):
        source = plain(layout.dtype, size, stride, offset)
        span_arguments = ((), (0,), (0, 0, None, 1), (0, 1, 2, 1), (0, None, None, 2))[turn % 5]
        good.append((source, *span_arguments))
        if turn % 3 == 0:
            good.append((beside(layout, size, stride, offset), *span_arguments))
    beyond = ((room + 1,), (1,), 0), ((2, 2), (room, 1), 0)
    return Calls(good, [(plain(layout.dtype, *place),) for place in beyond])


@cache
def _narrowed(size: Size) -> tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int, int], ...]]:
    rank = len(size)
    good: list[tuple[int, int, int]] = []
    bad: list[tuple[int, int, int]] = [(dim, 0, 1) for dim in bad_dims(rank)]
    for dim in dims(rank):
        extent = size[dim] if rank else 0
        for start in range(-extent, extent + 1):
            room = extent - (start if start >= 0 else start + extent)
            good += [(dim, start, length) for length in range(room + 1)]
            bad.append((dim, start, room + 1))
        bad += [(dim, 0, -1), (dim, extent + 1, 0), (dim, -extent - 1, 1)]
    return (tuple(good), tuple(bad)) if rank else ((), tuple(bad))


@arguments("narrow.default", weight=3)
def narrow(layout: Layout) -> Calls:
    return Calls(*_narrowed(layout.size))


@arguments("narrow.Tensor", weight=2)
@by_size
def narrow_tensor(size: Size) -> Calls:
    good, bad = _narrowed(size)

    def spelled(calls: Any) -> list[tuple[Any, ...]]:
        return [(dim, known((start,), (), "int32" if turn % 5 == 4 else "int64"), length)
                for turn, (dim, start, length) in enumerate(calls)]  # fmt: skip

    wrong = [(0, known((0,), (1,)), 1), (0, known((0, 1), (2,)), 1), (0, known((0,), (), "float32"), 1)]
    wrong.append((0, known((0,), (), "bool"), 0))
    return Calls(spelled(good), [*wrong, *spelled(bad)])


@arguments("unfold.default", weight=4)
@by_size
def unfold(size: Size) -> Calls:
    rank = len(size)
    good = [Grid((dim,), range((size[dim] if rank else 1) + 1), (1, 2, 3)) for dim in dims(rank)]
    bad = [Grid((dim,), ((size[dim] if rank else 1) + 1, -1), (1,)) for dim in dims(rank)]
    return Calls(Chain(*good), Chain(Grid((0,), (0,), (0, -1)), Grid(bad_dims(rank), (1,), (1,)), *bad))


@cache
def _diagonals(size: Size) -> Calls:
    rank = len(size)
    if rank < 2:
        return Calls([], [(), (0, 0, 0), (1, 0, -1), (0, 0, 1)])
    good: list[Any] = [(), (1,), (-1,)]
    for first in dims(rank):
        for second in dims(rank):
            if first % rank != second % rank:
                high, low = size[second], size[first]
                good += [(offset, first, second) for offset in unique(0, 1, -1, high - 1, 1 - low, high + 3, -low - 3)]
    bad = [(0, 0, 0), (0, 1, 1 - rank), (1, -1, rank - 1), (0, rank, 0), (0, 0, -rank - 1)]
    return Calls(good, bad)


@arguments("diagonal.default", weight=4)
def diagonal(layout: Layout) -> Calls:
    return _diagonals(layout.size)


@arguments("linalg_diagonal.default", weight=2)
@by_size
def linalg_diagonal(size: Size) -> Calls:
    def spelled(calls: Any) -> list[KeywordCall]:
        return [KeywordCall((), tuple(zip(("offset", "dim1", "dim2"), call, strict=False))) for call in calls]

    good, bad = _diagonals(size)
    return Calls(spelled(good), spelled(bad))


@cache
def restrided(elements: int, offset: int) -> Calls:
    """Size, stride and maybe offset on a storage of so many elements; without an offset the base's own is kept."""
    good: list[tuple[Any, ...]] = []
    for turn, (size, stride, start) in enumerate(strides_within(elements)):
        good.append((size, stride, start))
        if turn % 3 == 0 and offset + span(size, stride) <= elements:
            good.append((size, stride))
            good.append((size, stride, None))
    return Calls(list(dict.fromkeys(good)), strides_beyond(elements))


@arguments("as_strided.default", weight=6)
@arguments("as_strided_.default", weight=2, without=("grad",))
def as_strided(layout: Layout) -> Calls:
    return restrided(layout.storage_bytes // itemsize(layout.dtype), layout.offset)


@cache
def _realiased(size: Size, stride: Size, elements: int, offset: int) -> Calls:
    room = elements - offset
    good: list[tuple[Size, Size]] = [(size, stride)]
    flat: Size = (span(size, stride),)
    good += [(flat, (1,)), ((1, *size), (1, *stride)), ((*size, 1), (*stride, 1)), ((), ())][0 if flat[0] else 1 :]
    good += [(one, step) for one, step, start in strides_within(max(room, 1)) if start == 0 and 0 not in one]
    dense = contiguous_strides(size)
    if offset + span(size, dense) <= elements:
        good.append((size, dense))
    if not room:
        good = [(size, stride)]
    return Calls(unique(*good), [((2,), (-1,)), ((2, 2), (1,)), ((1,), (1, 1)), ((elements + 1,), (1,))])


@arguments("_reshape_alias.default", weight=2)
def reshape_alias(layout: Layout) -> Calls:
    return _realiased(layout.size, layout.stride, layout.storage_bytes // itemsize(layout.dtype), layout.offset)
