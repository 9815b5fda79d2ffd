"""The suites of views: `views` and `errors` (level 1), `aliasing`, `inplace` and `replay` (level 2)."""

from __future__ import annotations

from viewproof.contract.suite import LiveRuns, Suite
from viewproof.generate import cases, families
from viewproof_suites.views.operators import inplace_views, views
from viewproof_suites.views.rules import alias, kept, layout

ALL_TARGETS = ("eager", "meta", "meta-python", "fake", "fake-nocache")
LAYOUT_RULES = tuple(rule.name for rule in layout.RULES)
#: Targets on which calls recorded in a user's program are run, by name.
LIVE = LiveRuns(("eager", "meta", "fake"))


def _views_and_inplace_views() -> tuple[str, ...]:
    return tuple(sorted((*views(), *inplace_views())))


VIEWS = Suite(
    name="views",
    level=1,
    summary="size, stride, offset, dtype and flags of every accepted view call",
    operators=views,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=LAYOUT_RULES,
    covers=True,
    live=LIVE,
)

ERRORS = Suite(
    name="errors",
    level=1,
    summary="bad arguments are refused alike",
    operators=_views_and_inplace_views,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=("error.refused",),
    refused=True,
)

ALIASING = Suite(
    name="aliasing",
    level=2,
    summary="storage sharing, reads, writes both ways, versions and _base",
    operators=views,
    families=families,
    cases=cases,
    targets=("eager", "meta", "fake"),
    rules=tuple(rule.name for rule in (*alias.RULES, *kept.RULES)),
    live=LIVE,
)

INPLACE = Suite(
    name="inplace",
    level=2,
    summary="inplace-view operators: the operand's new layout, on the same storage, with the same elements",
    operators=inplace_views,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=(*LAYOUT_RULES, "alias.storage", "alias.identity", "alias.bounds", "alias.read", "alias.write-through"),
    live=LIVE,
)

REPLAY = Suite(
    name="replay",
    level=2,
    summary="view replay on another base, and exact gradients in both modes",
    operators=views,
    families=families,
    cases=cases,
    targets=("eager",),
    rules=("replay.view-func", "grad.read"),
)
