"""Finds the result that a user names: by an address, a case name, or the number of a finding of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viewproof.cases import Case, parse_case
from viewproof.contract.installed import all_rules, all_suites, find_target
from viewproof.engine.named_case import check_named
from viewproof.engine.query import is_wild, parse_query
from viewproof.errors import UsageError
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.records.findings import in_order
from viewproof.records.outdir import SUMMARY
from viewproof.records.summary import read_summary


@dataclass(frozen=True, slots=True)
class Result:
    """One result: `rule` is None where only a case was named. `imports` are modules of the user's that it needs."""

    case: Case
    target: str
    rule: str | None
    device: str
    imports: tuple[str, ...] = ()


def find_result(text: str, run: Path | None = None, device: str = "cpu", imports: tuple[str, ...] = ()) -> Result:
    """The result that `text` names: `SUITE/TARGET/RULE/CASE`, a case, or with `run` a finding's number (from 1).

    Raises UsageError with one clear line.
    """
    if run is not None:
        text = _finding(text, run)
    query = parse_query(text)
    if query.call is None:
        raise UsageError(f"result {text!r}: wanted SUITE/TARGET/RULE/CASE or a whole case, got no case")
    case = parse_case(query.call)
    check_named(case)
    rule = None if is_wild(query.rule) else query.rule
    return Result(case, _target_of(case, rule) if is_wild(query.target) else query.target, rule, device, imports)


def _target_of(case: Case, name: str | None) -> str:
    """The target of a result that names none: eager, or the first one of a suite that the rule applies to."""
    rule = all_rules().get(name or "")
    if rule is None:
        return "eager"
    traits = subject_of(case, expect(case)).traits
    suites = [suite for suite in all_suites().values() if rule.name in suite.rules]
    names = [target for suite in suites for target in suite.targets]
    offered = [
        name for name in names
        if (probe := find_target(name).probe(rule.probe)) is not None and probe.given(traits) and rule.applies(traits)
    ]  # fmt: skip
    return "eager" if "eager" in offered or not offered else offered[0]


def _finding(text: str, run: Path) -> str:
    summary = read_summary(run / SUMMARY)
    findings = in_order(summary.findings)
    if not text.isdecimal() or not 1 <= int(text) <= len(findings):
        raise UsageError(f"finding {text!r}: wanted a number from 1 to {len(findings)}, as report.md counts them")
    return findings[int(text) - 1].result
