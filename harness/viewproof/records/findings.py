"""Findings: failures that show the same fault are one finding, and the smallest case stands for all."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from viewproof.records.model import ChunkRecord, Failure


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: `count` failures of one suite, target, rule, operator and difference.

    `follows` counts, by suite, the failures further up that this one explains: empty as yet. `fault` names the cause,
    where it is known: null as yet. `known_issue` names the waiver, if any (then `verdict` is `waived`).
    """

    result: str
    verdict: str
    suite: str
    target: str
    rule: str
    operator: str
    case: str
    expected: str
    observed: str
    difference: str
    count: int
    follows: dict[str, int] = {}
    fault: str | None = None
    known_issue: str | None = None


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings as they are numbered for a reader: the unwaived first, each half smallest case first."""
    return sorted(findings, key=lambda one: (one.known_issue is not None, len(one.case), one.result))


def fault_of(failure: Failure | Finding) -> tuple[str, ...]:
    """What failures of one finding have in common."""
    return (
        failure.suite,
        failure.target,
        failure.rule,
        failure.operator,
        failure.difference,
        failure.verdict,
        failure.known_issue or "",
    )


def smaller(failure: Failure) -> tuple[int, str]:
    """By what the failures of a finding are ordered: the first of them stands for all."""
    return len(failure.case), failure.case


def group_failures(records: Iterable[ChunkRecord]) -> list[Finding]:
    """The findings of a run, the smallest case first."""
    smallest: dict[tuple[str, ...], Failure] = {}
    counts: dict[tuple[str, ...], int] = {}
    for record in records:
        for failure in record.failures:
            fault = fault_of(failure)
            counts[fault] = counts.get(fault, 0) + 1
            if fault not in smallest or smaller(failure) < smaller(smallest[fault]):
                smallest[fault] = failure
    order = sorted(smallest, key=lambda fault: (smaller(smallest[fault]), fault))
    return [_finding(smallest[fault], counts[fault]) for fault in order]


def _finding(failure: Failure, count: int) -> Finding:
    return Finding(result=failure.result, count=count, **msgspec.structs.asdict(failure))
