"""Lists what changed from one run to another, each change in one class.

Faults are compared exactly, by the cases that fail; by the findings where a journal is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from viewproof.place import place_in, unlike
from viewproof.records.findings import Finding
from viewproof.records.model import LACKING
from viewproof.reports.side import Fault, Side, fault_of

#: The classes, worst first.
KINDS = ("regression", "improvement", "new case", "removed case", "changed rule", "changed torch", "changed place")
#: What run.json's `environment` itself says of a place, beside what a worker says.
_PLACE_NAMES = ("python", "platform", "processor")


class Change(NamedTuple):
    """One change: its class, what it is about, and both sides in words."""

    kind: str
    subject: str
    before: str
    after: str


def compare(old: Side, new: Side) -> list[Change]:
    """The changes from `old` to `new`, worst class first.

    A fault that shows only on cases that `old` did not have is no regression but a new case; one of a rule that `old`
    did not run belongs to the changed rule. A fault that is gone with its cases or its rule is no improvement.
    """
    changes = [
        *_faults(old, new),
        *_evidence(old, new),
        *_problems(old, new),
        *_cases(old, new),
        *_rules(old, new),
        *_unseen(old, new),
        *_torch(old, new),
        *_place(old, new),
    ]
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def regressed(changes: list[Change]) -> bool:
    """Whether anything got worse."""
    return any(change.kind == "regression" for change in changes)


def _faults(old: Side, new: Side) -> Iterator[Change]:
    """One change a fault and class: the cases that are in it, the smallest of which stands for all."""
    if old.failing is None or new.failing is None:
        yield from _by_finding(old, new)
        return
    for fault in dict.fromkeys([*old.failing, *new.failing]):
        before, after = old.failing.get(fault, {}), new.failing.get(fault, {})
        classes: dict[tuple[str, str, str], list[str]] = {}
        for case in dict.fromkeys([*before, *after]):
            was, is_ = before.get(case, "passes"), after.get(case, "passes")
            if was == is_:
                continue
            if case in after and case in before:
                kind = "improvement" if is_ == "waived" else "regression"
            elif case in after:
                kind = _of_new(fault, case, old)
                was = "passes" if kind == "regression" else "not run"
            else:
                kind = _of_gone(fault, case, new)
                is_ = "passes" if kind == "improvement" else "not run"
            classes.setdefault((kind, was, is_), []).append(case)
        for (kind, was, is_), cases in classes.items():
            smallest = min(cases, key=lambda case: (len(case), case))
            subject = f"{fault.suite}/{fault.target}/{fault.rule}/{smallest}"
            yield Change(kind, subject, was, f"{is_}, {len(cases):,} alike: {fault.difference}")


def _of_new(fault: Fault, case: str, old: Side) -> str:
    if fault.rule not in old.summary.by_rule:
        return "changed rule"
    return "regression" if _ran(fault, case, old) else "new case"


def _of_gone(fault: Fault, case: str, new: Side) -> str:
    if fault.rule not in new.summary.by_rule:
        return "changed rule"
    return "improvement" if _ran(fault, case, new) else "removed case"


def _ran(fault: Fault, case: str, side: Side) -> bool:
    """Whether the run had the fault's target, its operator and the case, as far as it can tell."""
    summary = side.summary
    known = fault.target in summary.by_target and fault.operator in summary.by_operator
    return known and side.has_case(fault.suite, fault.operator, case)


def _findings(side: Side) -> dict[tuple[Fault, bool], Finding]:
    """The findings by their fault and whether they are waived."""
    found: dict[tuple[Fault, bool], Finding] = {}
    for one in side.summary.findings:
        key = fault_of(one), one.verdict == "waived"
        kept = found.get(key)
        found[key] = one if kept is None else msgspec.structs.replace(kept, count=kept.count + one.count)
    return found


def _by_finding(old: Side, new: Side) -> Iterator[Change]:
    before, after = _findings(old), _findings(new)
    for (fault, waived), finding in after.items():
        was, other = before.get((fault, waived)), before.get((fault, not waived))
        if was is not None:
            if was.count != finding.count:
                yield _recounted(was, finding, waived=waived)
        elif other is None:
            kind = _of_new(fault, finding.case, old)
            yield Change(kind, finding.result, "no such finding", _said(finding))
        else:
            kind = "improvement" if waived else "regression"
            yield Change(kind, finding.result, _said(other), _said(finding))
    for (fault, waived), finding in before.items():
        if (fault, waived) not in after and (fault, not waived) not in after:
            kind = _of_gone(fault, finding.case, new)
            yield Change(kind, finding.result, _said(finding), "no such finding")


def _recounted(was: Finding, finding: Finding, *, waived: bool) -> Change:
    worse = finding.count > was.count
    kind = "regression" if worse else "improvement"
    if waived:
        # A known issue on more cases or on fewer: that it shows is known; the cases are what changed.
        kind = "new case" if worse else "removed case"
    return Change(kind, finding.result, _said(was), _said(finding))


def _said(finding: Finding) -> str:
    issue = f" ({finding.known_issue})" if finding.known_issue else ""
    return f"{finding.verdict}{issue}, {finding.count:,} alike, observed {finding.observed}"


def _evidence(old: Side, new: Side) -> Iterator[Change]:
    """Verdicts that make a run no evidence: more of them is a regression of the run itself."""
    for verdict in LACKING:
        before, after = (side.summary.verdicts.get(verdict, 0) for side in (old, new))
        if before != after:
            kind = "regression" if after > before else "improvement"
            yield Change(kind, f"verdicts {verdict}", f"{before:,}", f"{after:,}")
    before, after = old.summary.unrun, new.summary.unrun
    if before != after:
        yield Change("regression" if after > before else "improvement", "chunks not run", f"{before:,}", f"{after:,}")


def _problems(old: Side, new: Side) -> Iterator[Change]:
    before, after = (dict.fromkeys(side.summary.problems) for side in (old, new))
    yield from (Change("regression", problem, "holds", "does not hold") for problem in after if problem not in before)
    yield from (Change("improvement", problem, "did not hold", "holds") for problem in before if problem not in after)


def _cases(old: Side, new: Side) -> Iterator[Change]:
    """Cases met and no longer met, by suite and operator; by what has verdicts at all where a journal is missing."""
    if old.cases is not None and new.cases is not None:
        for key in dict.fromkeys([*old.cases, *new.cases]):
            before, after = old.cases.get(key, set()), new.cases.get(key, set())
            subject, was, is_ = "/".join(key), f"{len(before):,} cases", f"{len(after):,} cases"
            if after - before:
                yield Change("new case", f"{subject}: {len(after - before):,} new", was, is_)
            if before - after:
                yield Change("removed case", f"{subject}: {len(before - after):,} removed", was, is_)
        return
    for what, before_, after_ in (
        ("operator", old.summary.by_operator, new.summary.by_operator),
        ("target", old.summary.by_target, new.summary.by_target),
    ):
        yield from (Change("new case", f"{what} {one}", "not run", "run") for one in after_ if one not in before_)
        yield from (Change("removed case", f"{what} {one}", "run", "not run") for one in before_ if one not in after_)


def _rules(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.summary.by_rule, new.summary.by_rule
    yield from (Change("changed rule", rule, "not run", "run") for rule in after if rule not in before)
    yield from (Change("changed rule", rule, "run", "not run") for rule in before if rule not in after)
    for name in ("viewproof", "profile", "device", "shard"):
        was, is_ = (getattr(side.summary, name) or "none" for side in (old, new))
        if was != is_:
            yield Change("changed rule", name, was, is_)


def _unseen(old: Side, new: Side) -> Iterator[Change]:
    """How many verdicts of a rule have nothing to compare. What is expected says so, and no kernel: the rule changed.

    Where the cases changed with it, that is why. Nothing where a side does not count them.
    """
    if 1 in (old.schema, new.schema):
        return
    before, after = old.summary.by_rule, new.summary.by_rule
    for rule in (one for one in after if one in before):
        was, is_ = before[rule].get("unseen", 0), after[rule].get("unseen", 0)
        if was != is_:
            yield Change("changed rule", f"{rule}: verdicts unseen", f"{was:,}", f"{is_:,}")


def _torch(old: Side, new: Side) -> Iterator[Change]:
    was, is_ = old.summary.torch, new.summary.torch
    built, builds = ((side.run.get("environment") or {}).get("torch_git") for side in (old, new))
    if was != is_:
        yield Change("changed torch", "torch", was, is_)
    elif built and builds and built != builds:
        yield Change("changed torch", f"commit of torch {is_}", built, builds)
    if old.catalog is None or new.catalog is None:
        return
    for name in sorted({*old.catalog, *new.catalog}):
        before, after = old.catalog.get(name), new.catalog.get(name)
        if before is None and after is not None:
            yield Change("changed torch", f"new view operator {name} ({after['kind']})", "not there", after["schema"])
        elif after is None and before is not None:
            yield Change("changed torch", f"view operator {name} is gone", before["schema"], "not there")
        elif before is not None and after is not None:
            for what in ("schema", "kind"):
                if before[what] != after[what]:
                    yield Change("changed torch", f"{what} of {name}", before[what], after[what])


def _place(old: Side, new: Side) -> Iterator[Change]:
    """The differences between the places of two runs, in what both of them state."""
    before, after = (side.run.get("environment") or {} for side in (old, new))
    places = place_in(before), place_in(after)
    known = places[0] is not None and places[1] is not None
    for name in _PLACE_NAMES:
        # Where both runs have a worker's place, that decides on the processor.
        if name in before and name in after and before[name] != after[name] and not (known and name == "processor"):
            yield Change("changed place", name, str(before[name]), str(after[name]))
    yield from (Change("changed place", *one) for one in unlike(*places))
