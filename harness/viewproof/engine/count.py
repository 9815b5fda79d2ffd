"""Counts what a chunk holds without running anything: its cases, their names, and the verdicts that are planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any

from viewproof.cases import format_case
from viewproof.cases.model import Case
from viewproof.contract.installed import find_suite, find_target
from viewproof.engine.owed import Owed
from viewproof.engine.planner import planner_for
from viewproof.engine.verdicts import ChunkVerdicts
from viewproof.engine.workload import cases_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Traits, subject_of
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of


def count_cases(chunk: Chunk) -> int:
    """How many cases the chunk holds."""
    return sum(1 for _ in cases_of(chunk))


def case_names(chunk: Chunk) -> Iterator[str]:
    """The names of the cases that the chunk checks, in order: the accepted or the refused ones, as its suite asks."""
    return (format_case(case) for case, _ in cases_of(chunk))


def first_case(chunk: Chunk) -> str:
    """The name of a chunk's first case; the chunk's own name where it has none."""
    return next(case_names(chunk), chunk.name)


def place_of_case(chunk: Chunk, name: str) -> int:
    """The place, among the generated cases, of the chunk's case of this name. Raises ValueError where it has none."""
    return chunk.start + list(case_names(chunk)).index(name)


class _Halves:
    """The traits of the cases last generated, the accepted and the refused ones, each with how many cases have them.

    Consecutive chunks are often of suites that share a generator: their cases are generated and predicted once.
    """

    def __init__(self) -> None:
        self._source: tuple[Callable[[str, str, str], Iterator[Any]], str, str, str] | None = None
        self._halves: dict[bool, Counter[Traits]] = {}

    def of(self, chunk: Chunk) -> Counter[Traits]:
        """The traits of the chunk's cases. What it calls raises; then nothing is kept for the next chunk."""
        suite = find_suite(chunk.suite)
        if chunk.case is not None or chunk.start or chunk.stop is not None:
            return _counted(case for case, _ in cases_of(chunk))[suite.refused]
        source = (suite.cases, chunk.operator, chunk.family, chunk.profile)
        if source != self._source:
            self._source = None
            self._halves = _counted(suite.cases(chunk.operator, chunk.family, chunk.profile))
            self._source = source
        return self._halves[suite.refused]


def _counted(cases: Iterable[Case]) -> dict[bool, Counter[Traits]]:
    halves: dict[bool, list[Traits]] = {False: [], True: []}
    for case in cases:
        expectation = expect(case)
        halves[expectation.refusal is not None].append(subject_of(case, expectation).traits)
    return {refused: Counter(half) for refused, half in halves.items()}


_HALVES = _Halves()


def count_owed(chunk: Chunk) -> Owed:
    """What the chunk owes, from generation and the reference alone. Spells no name and calls no torch operator."""
    traits = _HALVES.of(chunk)
    planner = planner_for(chunk)
    planned: Counter[tuple[str, str]] = Counter()
    executions = 0
    for name in chunk.targets:
        target = find_target(name)
        for one, number in traits.items():
            rules = planner.rules_for(one, target).rules
            executions += number if rules else 0
            for rule in rules:
                planned[name, rule.name] += number
    return Owed(
        chunk.name,
        cases=traits.total(),
        accepted=sum(number for one, number in traits.items() if not one.refused),
        executions=executions,
        planned=tuple([(target, rule, number) for (target, rule), number in planned.items()]),
    )


def count_planned(chunk: Chunk) -> ChunkRecord:
    """The chunk's record before anything has run: every planned verdict is `missing`. Calls no torch operator."""
    began = perf_counter()
    owed = count_owed(chunk)
    verdicts = ChunkVerdicts(chunk)
    for target, rule, number in owed.planned:
        verdicts.count(target, rule, "missing", number)
    signatures = [signature_of(name) for name in case_names(chunk)]
    refused = owed.cases - owed.accepted
    return verdicts.record(owed.cases, refused, owed.executions, signatures, 0.0, perf_counter() - began)
