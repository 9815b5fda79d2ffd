"""What an argument may be, by its role: dimensions, indices, sizes, permutations, parts. Sizes in, values out."""

from __future__ import annotations

from functools import cache
from itertools import permutations

from viewproof.generate.grid import spread, unique
from viewproof_reference.layout.algebra import INT64_MAX
from viewproof_reference.layout.model import Size


@cache
def dims(rank: int) -> Size:
    """Every way to name a dimension, from the front and from the back; a 0-d tensor has 0 and -1."""
    return tuple(range(-max(rank, 1), max(rank, 1)))


@cache
def bad_dims(rank: int) -> Size:
    """The first dimension past each end."""
    return (max(rank, 1), -max(rank, 1) - 1)


@cache
def bounds(extent: int) -> tuple[int | None, ...]:
    """Starts and ends: none, inside from both ends, at the end, past each end, as far as an integer goes."""
    return unique(None, 0, 1, extent - 1, extent, -1, -extent, extent + 2, -extent - 2, INT64_MAX)


@cache
def factorings(count: int, depth: int = 4) -> tuple[Size, ...]:
    """Every size of up to `depth` dimensions with `count` elements, extents of 1 included where rank is low."""
    if count == 0:
        return ((0,), (0, 3), (2, 0), (0, 0), (1, 0, 2), (3, 0, 1), (0, 1))
    found: dict[Size, None] = {(): None} if count == 1 else {(count,): None}

    def grow(head: Size, rest: int) -> None:
        if len(head) + 1 <= depth:
            found[*head, rest] = None
            for factor in range(1, rest + 1):
                if rest % factor == 0 and (factor > 1 or len(head) + 1 < min(depth, 3)):
                    grow((*head, factor), rest // factor)

    grow((), count)
    return tuple(spread(sorted(found, key=lambda size: (len(size), size)), 60))


@cache
def holed(size: Size) -> tuple[Size, ...]:
    """`size` with one extent left to be inferred, in every place where it can be."""
    return tuple(
        (*size[:place], -1, *size[place + 1 :])
        for place in range(len(size))
        if 0 not in (*size[:place], *size[place + 1 :])
    )


@cache
def targets(count: int) -> tuple[Size, ...]:
    """Sizes that `count` elements can take, written out and with a -1."""
    written = factorings(count)
    inferred = [one for turn, size in enumerate(written) for one in holed(size)[turn % 2 :: 2]]
    return unique(*written, *inferred)


@cache
def wrong_sizes(count: int) -> tuple[Size, ...]:
    """Sizes that `count` elements cannot take."""
    found: list[Size] = [(count + 1,), (-1, -1), (count, 2), (-2, count), (2, count + 1), (-1, count + 7)]
    if count != 1:
        found.append(())
    if count == 0:
        found.append((0, -1))
        found.remove((0, 2))
        found.append((3, 2))
    return unique(*found)


@cache
def orders(rank: int) -> tuple[Size, ...]:
    """Permutations of the dimensions, counted from the front, and some from the back or from both."""
    every = list(permutations(range(rank)))
    if rank > 4:
        every = spread(every, 48)
    mixed = [tuple(dim - rank if (place + turn) % 2 else dim for place, dim in enumerate(one))
             for turn, one in enumerate(every)]  # fmt: skip
    return unique(*every, *(tuple(dim - rank for dim in one) for one in every[::2]), *mixed)


@cache
def bad_orders(rank: int) -> tuple[Size, ...]:
    """Lists of dimensions that are no permutation: one twice, one missing, one too many, one out of range."""
    straight = tuple(range(rank))
    found: list[Size] = [(*straight, 0)]
    if rank:
        found += [straight[:-1], (*straight[:-1], rank), (*straight[:-1], -rank - 1)]
    if rank > 1:
        found += [(0,) * rank, (*straight[:-1], -rank)]
    return unique(*found)


@cache
def compositions(total: int) -> tuple[Size, ...]:
    """Lists of up to four parts, 0 among them, that sum to `total`."""
    found: dict[Size, None] = {(total,): None, (total, 0): None, (0, total): None, (1,) * total: None}
    for first in range(total + 1):
        for second in range(total - first + 1):
            found[first, second, total - first - second] = None
        found[first, total - first] = None
    if total > 2:
        found[0, 1, 0, total - 1] = None
    return tuple(one for one in spread(list(found), 24) if one or not total)


@cache
def cuts(extent: int) -> tuple[Size, ...]:
    """Lists of indices to cut at: none, one, several, out of order, twice the same, negative, past the end."""
    middle = extent // 2
    return unique(
        (), (1,), (middle,), (0,), (extent,), (-1,), (extent + 2,), (1, middle), (middle, 1), (1, 1), (0, extent),
        (-2, -1), (1, extent + 3), (0, middle, extent), (1, -1), (-extent - 1, 1),
    )  # fmt: skip


@cache
def grown(size: Size) -> tuple[Size, ...]:
    """Sizes that a tensor of `size` can be expanded to: its own, kept with -1, each 1 grown, rank grown."""
    kept = tuple(-1 for _ in size)
    found: list[Size] = [size, kept, (2, *size), (1, *size), (3, 1, *kept), (2, 2, *size)]
    for place, extent in enumerate(size):
        found.append((*size[:place], -1, *size[place + 1 :]))
        if extent == 1:
            found += [(*size[:place], one, *size[place + 1 :]) for one in (0, 2, 3)]
            found.append((2, *kept[:place], 4, *kept[place + 1 :]))
    if 0 not in size:
        found.append((0, *size))
    found.append(tuple(3 if extent == 1 else extent for extent in size))
    return unique(*found)


@cache
def not_grown(size: Size) -> tuple[Size, ...]:
    """Sizes that a tensor of `size` cannot be expanded to."""
    found: list[Size] = [(-1, *size), (-2, *size)]
    for place, extent in enumerate(size):
        if extent != 1:
            found.append((*size[:place], extent + 1, *size[place + 1 :]))
            found.append((*size[:place], 1, *size[place + 1 :]))
    if size:
        found += [size[1:], (*size, 7)]
    return unique(*(one for one in found if one != (*size, 7) or size[-1] not in (1, 7)))


@cache
def strides_within(elements: int) -> tuple[tuple[Size, Size, int], ...]:
    """Size, stride and offset of views that a storage of so many elements holds."""
    shapes: tuple[tuple[Size, Size], ...] = (
        ((), ()), ((0,), (1,)), ((1,), (3,)), ((2,), (1,)), ((elements,), (1,)), ((3,), (0,)), ((2,), (2,)),
        ((2, 2), (2, 1)), ((2, 2), (1, 2)), ((3, 2), (1, 1)), ((2, 3), (0, 1)), ((2, 0, 3), (1, 1, 1)),
        ((2, 2, 2), (4, 2, 1)), ((2, 2, 2), (1, 2, 4)), ((1, 3), (9, 1)), ((3, 3), (2, 1)), ((2, 1, 2), (3, 1, 1)),
        ((2, 2, 2, 2), (1, 1, 1, 1)), ((1, 1, 1, 1, 2), (0, 0, 0, 0, 1)),
    )  # fmt: skip
    found: dict[tuple[Size, Size, int], None] = {}
    for size, stride in shapes:
        last = sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
        for offset in (0, 1, 2, elements - 1 - last):
            if offset >= 0 and (0 in size or offset + last < elements):
                found[size, stride, offset] = None
    return tuple(found)


@cache
def strides_beyond(elements: int) -> tuple[tuple[Size, Size, int], ...]:
    """Size, stride and offset that no view of such a storage can have, or that are malformed."""
    return (
        ((elements + 1,), (1,), 0), ((2,), (max(elements, 1),), 0), ((1,), (1,), elements), ((2, 2), (elements, 1), 0),
        ((2,), (-1,), 1), ((1,), (1,), -1), ((2, 2), (1,), 0), ((1,), (1, 1), 0), ((-1,), (1,), 0),
    )  # fmt: skip
