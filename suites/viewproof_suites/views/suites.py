"""The suites of views: `views` and `errors` (level 1), `aliasing`, `inplace` and `replay` (level 2)."""

from __future__ import annotations

from collections.abc import Callable

from viewproof.contract.suite import LiveRuns, Suite
from viewproof.generate import cases, families
from viewproof_suites.views.operators import half_of, inplace_views, views
from viewproof_suites.views.rules import alias, kept, layout

ALL_TARGETS = ("eager", "meta", "meta-python", "fake", "fake-nocache")
ALIASING_TARGETS = ("eager", "meta", "fake")
LAYOUT_RULES = tuple(rule.name for rule in layout.RULES)
#: Targets on which calls recorded in a user's program are run, by name.
LIVE = LiveRuns(("eager", "meta", "fake"))


def fakes_in_turns(targets: tuple[str, ...]) -> Callable[[str, str, str], tuple[str, ...]]:
    """`Suite.targets_on` of these targets: in `quick`, fakes of strided bases are made in turns.

    A fake costs ten times what a call does. One half of an operator's families is asked of the cache; the other half is
    computed without it, where the targets have that and the operator comes to the cache, and else not made fake.
    """

    def targets_on(operator: str, family: str, profile: str) -> tuple[str, ...]:
        half = half_of(operator, family) if profile == "quick" else None
        left_out = None if half is None else ("fake-nocache", "fake")[half]
        return tuple([target for target in targets if target != left_out])

    return targets_on


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
    targets_on=fakes_in_turns(ALL_TARGETS),
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
    targets=ALIASING_TARGETS,
    rules=tuple(rule.name for rule in (*alias.RULES, *kept.RULES)),
    live=LIVE,
    targets_on=fakes_in_turns(ALIASING_TARGETS),
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
