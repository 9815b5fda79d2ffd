"""summary.json: what a run came to, in the stable outside format. Always: planned == the sum of the verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from viewproof import __version__
from viewproof.records.findings import group_failures
from viewproof.records.model import VERDICTS, ChunkRecord, Tally

SCHEMA = 1
#: Verdicts after which a run is no evidence.
_NO_EVIDENCE = ("harness_error", "missing")
#: Verdicts after which the subject does not conform.
_NOT_CONFORMING = ("fail", "crash", "timeout")


def build_summary(
    records: list[ChunkRecord],
    *,
    torch_version: str,
    device: str,
    profile: str,
    plan: str,
    seconds: float,
    coverage: dict[str, Any],
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """The content of summary.json, from the records of every planned chunk."""
    verdicts = _zeros()
    by_operator: dict[str, dict[str, int]] = {}
    by_target: dict[str, dict[str, int]] = {}
    by_rule: dict[str, dict[str, int]] = {}
    planned = 0
    for record in records:
        of_operator = by_operator.setdefault(record.operator, _zeros())
        for tally in record.tallies:
            planned += tally.planned
            of_target = by_target.setdefault(tally.target, _zeros())
            of_rule = by_rule.setdefault(tally.rule, _zeros())
            for verdict, number in balanced(tally).items():
                for sums in (verdicts, of_operator, of_target, of_rule):
                    sums[verdict] += number
    return {
        "schema": SCHEMA,
        "viewproof": __version__,
        "torch": torch_version,
        "device": device,
        "profile": profile,
        "plan": plan,
        "cases": len({signature for record in records for signature in record.signatures}),
        "executions": sum(record.executions for record in records),
        "planned": planned,
        "verdicts": verdicts,
        "coverage": coverage,
        "by_operator": dict(sorted(by_operator.items())),
        "by_target": dict(sorted(by_target.items())),
        "by_rule": dict(sorted(by_rule.items())),
        "findings": [msgspec.to_builtins(finding) for finding in group_failures(records)],
        "problems": list(problems),
        "seconds": round(seconds, 3),
        "checking_seconds": round(sum(record.checking_seconds for record in records), 3),
    }


def _zeros() -> dict[str, int]:
    return dict.fromkeys(VERDICTS, 0)


def balanced(tally: Tally) -> dict[str, int]:
    """A tally's verdicts, with what has no result as `missing`. Raises ValueError if more are given than planned."""
    given = sum(tally.verdicts.values())
    if given > tally.planned:
        raise ValueError(f"tally {tally.target}/{tally.rule}: wanted at most {tally.planned} verdicts, got {given}")
    lacking = tally.planned - given
    return {**tally.verdicts, "missing": tally.verdicts.get("missing", 0) + lacking} if lacking else tally.verdicts


def exit_status(summary: dict[str, Any]) -> int:
    """3 where the run is no evidence, else 1 where it does not conform, else 0."""
    verdicts: dict[str, int] = summary["verdicts"]
    if summary["planned"] == 0 or any(verdicts[verdict] for verdict in _NO_EVIDENCE):
        return 3
    if summary["problems"] or any(verdicts[verdict] for verdict in _NOT_CONFORMING):
        return 1
    return 0
