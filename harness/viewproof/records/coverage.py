"""Coverage: which operators of the catalog, and which rules, have verdicts in the records of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from viewproof.contract.state import RESTORED
from viewproof.contract.suite import Suite
from viewproof.records.model import LACKING, ChunkRecord

#: The kinds of operators that these suites are for.
COVERED_KINDS = ("view", "view-or-copy", "inplace-view", "copy", "copy-out", "scatter")
#: Families that are no kind of base.
NO_BASES = ("corner", "schema", "sample")
#: Verdicts that judge nothing.
_UNJUDGED = ("unseen", "missing", "harness_error", "unsupported")
#: Those of them that stand where one was to be had.
_NOT_HAD = frozenset({*LACKING, "unsupported"})


class OperatorCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the catalog's operators were judged. `gaps` says of each that was not, or in part, what it lacks.

    `covered` are those of which, on every family of bases that a suite offers and on every target that was planned for
    it, accepted cases have a seen verdict of at least one rule, and of which no verdict is missing, a harness error or
    unsupported. That a rule has nothing to compare (`unseen`) on a family is no gap by itself: a rule may be about
    something that no base of the family has. Where all rules have nothing to compare, nothing was looked at: that is a
    gap, and an operator whose verdicts are all like that is `uncovered`, as one that was not run is. `partly` are the
    others. `catalog` counts those that are to be judged (covered, partly and uncovered), `excluded` those that are not.
    """

    covered: int
    partly: int
    uncovered: int
    catalog: int
    excluded: int
    gaps: dict[str, str]


class RuleCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the planned rules judged anything; `gaps` names the others.

    A rule that is `unseen` everywhere judged nothing: it would agree with anything.
    """

    covered: int
    planned: int
    gaps: tuple[str, ...]


class WithoutSample(msgspec.Struct, frozen=True, kw_only=True):
    """The overloads that one suite is about and has no sample of."""

    count: int
    operators: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was judged and what was not. `without_sample` is by suite, and left out of JSON where no suite says it."""

    operators: OperatorCoverage
    rules: RuleCoverage
    without_sample: dict[str, WithoutSample] = {}


class CatalogEntry(Protocol):
    """What coverage needs of an entry of the catalog."""

    @property
    def kind(self) -> str: ...


NOT_RUN = "not run"
"""The gap of an operator that the run holds nothing of."""


def coverage(
    records: Iterable[ChunkRecord],
    catalog: Mapping[str, CatalogEntry],
    suites: Mapping[str, Suite],
    profile: str,
    planned_rules: Iterable[str],
    *,
    held: Iterable[Suite] = (),
) -> Coverage:
    """Operators covered, partly or not, each gap named, the rules judged, and what the suites `held` do not sample.

    Only seen verdicts count: `unseen` compared nothing, so that no wrong kernel could have failed there. Of an operator
    that of `state.restored` does not count: whatever was called, it looks at something.
    """
    by_operator: dict[str, list[ChunkRecord]] = defaultdict(list)
    judged_rules: set[str] = set()
    for record in records:
        by_operator[record.operator].append(record)
        judged_rules.update(
            [tally.rule for tally in record.tallies if tally.rule not in judged_rules and _judged(tally.verdicts)]
        )
    wanted = [name for name, entry in catalog.items() if entry.kind in COVERED_KINDS]
    gaps = {name: _gap(name, by_operator.get(name, []), suites, profile) for name in wanted}
    uncovered = [name for name in wanted if not any(map(_shows, by_operator.get(name, [])))]
    covered = [name for name in wanted if not gaps[name]]
    rules = list(dict.fromkeys(planned_rules))
    return Coverage(
        operators=OperatorCoverage(
            covered=len(covered),
            partly=len(wanted) - len(covered) - len(uncovered),
            uncovered=len(uncovered),
            catalog=len(wanted),
            excluded=sum(entry.kind == "excluded" for entry in catalog.values()),
            gaps={name: gap for name, gap in gaps.items() if gap},
        ),
        rules=RuleCoverage(
            covered=sum(rule in judged_rules for rule in rules),
            planned=len(rules),
            gaps=tuple(rule for rule in rules if rule not in judged_rules),
        ),
        without_sample=without_sample(held),
    )


def without_sample(suites: Iterable[Suite]) -> dict[str, WithoutSample]:
    """By suite, the overloads that it has no case of; only the suites that can say so."""
    named = {suite.name: tuple(suite.unsampled()) for suite in suites if suite.unsampled is not None}
    return {name: WithoutSample(count=len(one), operators=one) for name, one in named.items()}


def _judged(verdicts: Mapping[str, int]) -> int:
    return sum(number for verdict, number in verdicts.items() if verdict not in _UNJUDGED)


def _shows(record: ChunkRecord) -> bool:
    """Whether the record has a seen verdict on an accepted case: what it left says nothing of what it did."""
    return bool(record.accepted) and any(_judged(tally.verdicts) for tally in record.tallies if tally.rule != RESTORED)


def _gap(operator: str, records: list[ChunkRecord], suites: Mapping[str, Suite], profile: str) -> str:
    """What keeps an operator from being covered, in words; empty where nothing does."""
    offered = _families(operator, suites, profile)
    if not offered:
        return "no suite has cases of it"
    if not records:
        return NOT_RUN
    accepted = {record.family for record in records if record.accepted}
    lacking = [family for family in offered if family not in accepted]
    if len(lacking) == len(offered):
        return "no accepted case was run" if not accepted else "only named cases were run"
    said = [f"no accepted case on {', '.join(lacking)}"] if lacking else []
    unjudged: dict[str, None] = {}
    for record in records:
        for tally in record.tallies:
            verdicts = tally.verdicts
            given = sum(verdicts.values())
            if given < tally.planned or (not _NOT_HAD.isdisjoint(verdicts) and any(map(verdicts.get, _NOT_HAD))):
                unjudged[f"{tally.target}/{tally.rule} on {record.family}"] = None
    if unjudged:
        said.append(f"not judged: {', '.join(unjudged)}")
    if blind := _blind(records):
        said.append(f"nothing to compare: {', '.join(blind)}")
    asked = {record.family for record in records if record.accepted and any(one.planned for one in record.tallies)}
    if unasked := [family for family in offered if family in accepted - asked]:
        said.append(f"no rule applies on {', '.join(unasked)}")
    return "; ".join(said)


def _blind(records: Iterable[ChunkRecord]) -> list[str]:
    """The targets and families of bases that have `unseen` verdicts on accepted cases and no seen one, in any suite."""
    judged: dict[str, bool] = {}
    for record in records:
        if record.accepted and record.family not in NO_BASES:
            for tally in record.tallies:
                if tally.rule == RESTORED:
                    continue
                seen = _judged(tally.verdicts) > 0
                if seen or tally.verdicts.get("unseen"):
                    place = f"{tally.target} on {record.family}"
                    judged[place] = judged.get(place, False) or seen
    return [place for place, some in judged.items() if not some]


def _families(operator: str, suites: Mapping[str, Suite], profile: str) -> list[str]:
    """The families of bases that the operator's generator offers it: those of the suites of accepted calls.

    Corners are single calls, and schemas no calls: neither is a kind of base.
    """
    holding = {name: suite for name, suite in suites.items() if operator in suite.operators()}
    holding = {name: suite for name, suite in holding.items() if suite.covers} or holding
    offered = dict.fromkeys(family for suite in holding.values() for family in suite.families(operator, profile))
    return [family for family in offered if family not in NO_BASES]
