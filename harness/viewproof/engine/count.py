"""Counts what a chunk holds without running anything: its cases, their names, and the verdicts that are planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from time import perf_counter

from viewproof.cases import format_case
from viewproof.contract.installed import find_target
from viewproof.engine.planner import planner_of
from viewproof.engine.verdicts import ChunkVerdicts
from viewproof.engine.workload import cases_of
from viewproof.evidence.subject import subject_of
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


def count_planned(chunk: Chunk) -> ChunkRecord:
    """The chunk's record before anything has run: every planned verdict is `missing`. Calls no torch operator."""
    began = perf_counter()
    planner = planner_of(chunk.rules)
    targets = [find_target(name) for name in chunk.targets]
    counts: Counter[tuple[str, str]] = Counter()
    signatures: list[int] = []
    executions = 0
    refused = 0
    for case, expectation in cases_of(chunk):
        traits = subject_of(case, expectation).traits
        signatures.append(signature_of(format_case(case)))
        refused += traits.refused
        for target in targets:
            planned = planner.rules_for(traits, target)
            executions += bool(planned.rules)
            counts.update((target.name, rule.name) for rule in planned.rules)
    verdicts = ChunkVerdicts(chunk)
    for (target_name, rule), count in counts.items():
        verdicts.count(target_name, rule, "missing", count)
    return verdicts.record(len(signatures), refused, executions, signatures, 0.0, perf_counter() - began)
