"""Finds the result that a user names: by an address, a case name, or the number of a finding of a run."""

from __future__ import annotations

from dataclasses import dataclass

from viewproof.cases import Case, format_case, parse_case
from viewproof.contract.installed import all_suites, find_target
from viewproof.engine.judging_suites import declined, subject_named, why_none
from viewproof.engine.named_case import check_named
from viewproof.engine.planner import planner_of
from viewproof.engine.query import is_wild, parse_query
from viewproof.errors import UsageError
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.records.findings import in_order
from viewproof.records.summary import Summary

#: The rule that is meant where a call alone is named.
_USUAL = "layout.stride"


@dataclass(frozen=True, slots=True)
class Result:
    """One result: `rule` is None where only a call was named. `imports` are modules of the user's that it needs."""

    case: Case
    target: str
    rule: str | None
    device: str
    imports: tuple[str, ...] = ()


def find_result(text: str, ran: Summary | None = None, device: str = "cpu", imports: tuple[str, ...] = ()) -> Result:
    """The result that `text` names: `SUITE/TARGET/RULE/CASE`, a case, or with `ran` a finding's number (from 1).

    Raises UsageError with one clear line.
    """
    if ran is not None:
        text = _finding(text, ran)
    query = parse_query(text)
    if query.call is None:
        raise UsageError(f"result {text!r}: wanted SUITE/TARGET/RULE/CASE or a whole case, got no case")
    case = parse_case(query.call)
    check_named(case)
    if subject_named(query.call) is None:
        raise UsageError(why_none(query.call, all_suites().values()))
    rule = None if is_wild(query.rule) else query.rule
    target = _target_of(case, rule) if is_wild(query.target) else query.target
    if rule is None and type(case) is not Case:
        # What a target shows of another subject depends on what is asked.
        rule = default_rule(case, target)
    return Result(case, target, rule, device, imports)


def _target_of(case: Case, name: str | None) -> str:
    """The target of a result that names none: eager, or the first one of a suite that the rule applies to.

    Raises UsageError where no rule at all is asked of the case.
    """
    asked = _asked_of(case)
    if not asked:
        raise UsageError(why_none(format_case(case), all_suites().values()))
    offered = [target for target, rules in asked.items() if name is None or name in rules]
    return "eager" if "eager" in offered or not offered else offered[0]


def default_rule(case: Case, target: str) -> str:
    """The rule of a result that names none: of a call whether its strides are right, else the first that is asked.

    Raises UsageError where none is asked of the case on `target`.
    """
    asked = _asked_of(case)
    rules = asked.get(target, ())
    if not rules:
        wanted = ", ".join(asked) or "none"
        raise UsageError(f"target {target!r}: wanted one that {format_case(case)} is run on, of {wanted}")
    return _USUAL if _USUAL in rules else rules[0]


def _asked_of(case: Case) -> dict[str, tuple[str, ...]]:
    """The rules that are asked of a case by the targets that it is run on, in the order of the suites."""
    subject = subject_of(case, expect(case))
    found: dict[str, dict[str, None]] = {}
    for suite in all_suites().values():
        if declined(suite, subject):
            continue
        planner = planner_of(suite.rules)
        for name in suite.targets:
            rules = planner.rules_for(subject.traits, find_target(name)).rules
            if rules:
                found.setdefault(name, {}).update(dict.fromkeys([rule.name for rule in rules]))
    return {name: tuple(rules) for name, rules in found.items()}


def _finding(text: str, ran: Summary) -> str:
    findings = in_order(ran.findings)
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= len(findings):
        raise UsageError(f"finding {text!r}: wanted a number from 1 to {len(findings)}, as report.md counts them")
    return findings[int(text) - 1].result
