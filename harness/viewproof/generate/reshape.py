"""Arguments of the operators that view where they can and copy where they must: reshape, flatten, contiguous."""

from __future__ import annotations

from viewproof.generate.grid import Chain, Grid, KeywordCall
from viewproof.generate.registry import Calls, arguments, by_rank
from viewproof.generate.roles import bad_dims, factorings, targets, wrong_sizes
from viewproof.generate.shape import aliased, templates
from viewproof_reference.layout.model import Layout, element_count


@arguments("reshape.default", weight=5)
def reshape(layout: Layout) -> Calls:
    count = element_count(layout.size)
    return Calls(Grid(targets(count)), Grid(wrong_sizes(count)))


@arguments("reshape_as.default", weight=3)
def reshape_as(layout: Layout) -> Calls:
    count = element_count(layout.size)
    good = [one for size in factorings(count) for one in templates(size, layout.dtype)]
    bad = [size for size in wrong_sizes(count) if min(size, default=0) >= 0]
    return Calls(
        Grid([*aliased(layout, factorings(count)[:3]), *good]), Grid([templates(size, layout.dtype)[0] for size in bad])
    )


@arguments("flatten.using_ints", weight=3)
@by_rank
def flatten(rank: int) -> Calls:
    span = max(rank, 1)
    good: list[tuple[int, ...]] = [(), (0,), (-1,)]
    bad: list[tuple[int, ...]] = []
    for first in range(span):
        for last in range(span):
            calls = [(first, last), (first - span, last), (first, last - span)]
            if first <= last:
                good += calls
            else:
                bad += calls[:2]
    bad += [(bad_dims(rank)[0], -1), (0, bad_dims(rank)[0]), (bad_dims(rank)[1], -1)]
    return Calls(good, bad)


@arguments("ravel.default")
def ravel(_layout: Layout) -> Calls:
    return Calls([()], [])


def formats(rank: int) -> list[str]:
    """The memory formats that a tensor of this rank can be asked to have."""
    return ["contiguous_format", *(["channels_last"] if rank == 4 else ["channels_last_3d"] if rank == 5 else [])]


@arguments("contiguous.default", weight=3)
def contiguous(layout: Layout) -> Calls:
    rank = len(layout.size)
    asked = formats(rank)
    wrong = [word for word in ("channels_last", "channels_last_3d", "preserve_format") if word not in asked]
    return Calls(
        Chain([()], [KeywordCall((), (("memory_format", word),)) for word in asked]),
        [KeywordCall((), (("memory_format", word),)) for word in wrong],
    )
