"""How the faults of two runs differ: exactly, by the cases that fail, or by the findings where a journal lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from viewproof.reports.diff_side import Fault, Side

#: The classes, worst first.
KINDS = ("regression", "improvement", "new case", "removed case", "changed rule", "changed torch", "changed place")


class Change(NamedTuple):
    """One change: its class, what it is about, and both sides in words."""

    kind: str
    subject: str
    before: str
    after: str


def fault_changes(old: Side, new: Side) -> Iterator[Change]:
    """The faults that came and went."""
    if old.failing is not None and new.failing is not None:
        yield from _by_case(old, new)
    else:
        yield from _by_finding(old, new)


def _by_case(old: Side, new: Side) -> Iterator[Change]:
    """One change a fault and class: the cases that are in it, the smallest of which stands for all."""
    assert old.failing is not None
    assert new.failing is not None
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
                kind = _of_new(fault, [case], old)
                was = "passes" if kind == "regression" else "not run"
            else:
                kind = _of_gone(fault, [case], new)
                is_ = "passes" if kind == "improvement" else "not run"
            classes.setdefault((kind, was, is_), []).append(case)
        for (kind, was, is_), cases in classes.items():
            smallest = min(cases, key=lambda case: (len(case), case))
            subject = f"{fault.suite}/{fault.target}/{fault.rule}/{smallest}"
            yield Change(kind, subject, was, f"{is_}, {len(cases):,} alike: {fault.difference}")


def _of_new(fault: Fault, cases: Iterable[str], old: Side) -> str:
    if fault.rule not in old.summary["by_rule"]:
        return "changed rule"
    return "regression" if _ran(fault, cases, old) else "new case"


def _of_gone(fault: Fault, cases: Iterable[str], new: Side) -> str:
    if fault.rule not in new.summary["by_rule"]:
        return "changed rule"
    return "improvement" if _ran(fault, cases, new) else "removed case"


def _ran(fault: Fault, cases: Iterable[str], side: Side) -> bool:
    """Whether the run had the fault's target and operator, and one of the cases, as far as it can tell."""
    if fault.target not in side.summary["by_target"] or fault.operator not in side.summary["by_operator"]:
        return False
    return any(side.has_case(fault.suite, fault.operator, case) for case in cases)


def _findings(side: Side) -> dict[tuple[Fault, bool], dict[str, Any]]:
    """The findings by their fault and whether they are waived."""
    found: dict[tuple[Fault, bool], dict[str, Any]] = {}
    for one in side.summary["findings"]:
        fault = Fault(*[str(one.get(name, "")) for name in Fault._fields])
        kept = found.setdefault((fault, one["verdict"] == "waived"), {**one, "count": 0})
        kept["count"] += one["count"]
    return found


def _by_finding(old: Side, new: Side) -> Iterator[Change]:
    before, after = _findings(old), _findings(new)
    for (fault, waived), finding in after.items():
        was, other = before.get((fault, waived)), before.get((fault, not waived))
        if was is not None:
            if was["count"] != finding["count"]:
                yield _recounted(was, finding, waived=waived)
        elif other is None:
            kind = _of_new(fault, [finding["case"]], old)
            yield Change(kind, finding["result"], "no such finding", _said(finding))
        else:
            kind = "improvement" if waived else "regression"
            yield Change(kind, finding["result"], _said(other), _said(finding))
    for (fault, waived), finding in before.items():
        if (fault, waived) not in after and (fault, not waived) not in after:
            kind = _of_gone(fault, [finding["case"]], new)
            yield Change(kind, finding["result"], _said(finding), "no such finding")


def _recounted(was: Mapping[str, Any], finding: Mapping[str, Any], *, waived: bool) -> Change:
    worse = finding["count"] > was["count"]
    kind = "regression" if worse else "improvement"
    if waived:
        # A known issue on more cases or on fewer: that it shows is known; the cases are what changed.
        kind = "new case" if worse else "removed case"
    return Change(kind, finding["result"], _said(was), _said(finding))


def _said(finding: Mapping[str, Any]) -> str:
    issue = f" ({finding['known_issue']})" if finding.get("known_issue") else ""
    return f"{finding['verdict']}{issue}, {finding['count']:,} alike, observed {finding['observed']}"
