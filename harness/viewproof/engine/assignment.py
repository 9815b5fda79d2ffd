"""All that checking a chunk needs, made once: its subjects, its targets, and the rules that apply on each target."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.contract.installed import find_suite, find_target
from viewproof.contract.target import Target
from viewproof.engine.planner import RuleSet, planner_of
from viewproof.engine.workload import Execution, Memory
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk


class TargetWork(NamedTuple):
    """What one target of a chunk is to run.

    `word` is the device type that its outputs report; `work` the subjects that a rule applies to, each with its rules;
    `earlier` the executions on the target for other suites, to which this chunk's execution is added.
    """

    target: Target
    word: str
    work: list[tuple[Subject, RuleSet]]
    earlier: list[Execution]


class Assignment(NamedTuple):
    """A chunk, its subjects in order, the work of each of its targets, and the seconds that generation took."""

    chunk: Chunk
    subjects: list[Subject]
    targets: list[TargetWork]
    generating_seconds: float


def assign(chunk: Chunk, memory: Memory) -> Assignment:
    """The chunk's assignment. Generated cases come from `memory` if it has them; one named by a query is made anew."""
    suite = find_suite(chunk.suite)
    memory = memory if chunk.case is None else Memory()
    subjects, seconds = memory.recall(chunk, suite)
    planner = planner_of(chunk.rules)
    works = []
    for name in chunk.targets:
        target = find_target(name)
        work = [
            (subject, rules)
            for subject in subjects
            if (rules := planner.rules_for(subject.traits, target)).rules
        ]  # fmt: skip
        works.append(
            TargetWork(target, target.device_word(chunk.device), work, memory.executions_on(chunk.device, name))
        )
    return Assignment(chunk, subjects, works, seconds)
