"""Counts what records say, as summary.json gives it: verdicts by the word, of the run and by operator, target, rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from viewproof.records.model import ChunkRecord, Tally
from viewproof.records.schemas import counted

BY_NAME = ("by_operator", "by_target", "by_rule")


@dataclass(frozen=True, slots=True)
class Counts:
    """The sums of a run's records. `planned` is the sum of `verdicts`: what has no result is `missing`."""

    cases: int
    executions: int
    reused: int
    planned: int
    verdicts: dict[str, int]
    by_operator: dict[str, dict[str, int]]
    by_target: dict[str, dict[str, int]]
    by_rule: dict[str, dict[str, int]]


def count(records: Iterable[ChunkRecord]) -> Counts:
    """The sums of the records. Raises ValueError where a tally gives more verdicts than it planned."""
    verdicts = counted({})
    by_operator: dict[str, dict[str, int]] = {}
    by_target: dict[str, dict[str, int]] = {}
    by_rule: dict[str, dict[str, int]] = {}
    planned = executions = reused = 0
    signatures: set[int] = set()
    for record in records:
        of_operator = _of(by_operator, record.operator)
        signatures.update(record.signatures)
        executions += record.executions
        reused += record.reused
        for tally in record.tallies:
            planned += tally.planned
            of_target, of_rule = _of(by_target, tally.target), _of(by_rule, tally.rule)
            for verdict, number in balanced(tally).items():
                verdicts[verdict] += number
                of_operator[verdict] += number
                of_target[verdict] += number
                of_rule[verdict] += number
    sorted_ = [dict(sorted(one.items())) for one in (by_operator, by_target, by_rule)]
    return Counts(len(signatures), executions, reused, planned, verdicts, *sorted_)


def _of(by_name: dict[str, dict[str, int]], name: str) -> dict[str, int]:
    found = by_name.get(name)
    if found is None:
        found = by_name[name] = counted({})
    return found


def balanced(tally: Tally) -> dict[str, int]:
    """A tally's verdicts, with what has no result as `missing`. Raises ValueError if more are given than planned."""
    given = sum(tally.verdicts.values())
    if given > tally.planned:
        raise ValueError(f"tally {tally.target}/{tally.rule}: wanted at most {tally.planned} verdicts, got {given}")
    lacking = tally.planned - given
    return {**tally.verdicts, "missing": tally.verdicts.get("missing", 0) + lacking} if lacking else tally.verdicts
