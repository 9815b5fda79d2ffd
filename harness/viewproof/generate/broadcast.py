"""Arguments of the operators that repeat elements by stride 0: expand, expand_as, broadcast_to."""

from __future__ import annotations

from viewproof.generate.grid import Chain, Grid, KeywordCall
from viewproof.generate.registry import Calls, arguments, by_size
from viewproof.generate.roles import grown, not_grown
from viewproof.generate.shape import aliased, templates
from viewproof_reference.layout.model import Layout, Size


@arguments("expand.default", weight=5)
@by_size
def expand(size: Size) -> Calls:
    implicit = [KeywordCall((one,), (("implicit", flag),)) for one in grown(size)[:3] for flag in (True, False)]
    return Calls(Chain(Grid(grown(size)), implicit), Grid(not_grown(size)))


@arguments("broadcast_to.default", weight=3)
def broadcast_to(layout: Layout) -> Calls:
    return Calls(Grid(grown(layout.size)), Grid(not_grown(layout.size)))


@arguments("expand_as.default", weight=3)
def expand_as(layout: Layout) -> Calls:
    wanted = [size for size in grown(layout.size) if -1 not in size]
    good = [one for size in wanted for one in templates(size, layout.dtype)]
    bad = [size for size in not_grown(layout.size) if min(size, default=0) >= 0]
    return Calls(
        Grid([*aliased(layout, wanted[:2]), *good]), Grid([templates(size, layout.dtype)[0] for size in bad[:4]])
    )
