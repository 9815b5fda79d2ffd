"""A chunk with all that its check needs, made once: subjects, targets, and the rules that each is asked on each."""

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

    `word` is the device type that its outputs report; `work` the subjects that are asked anything, each with its rules;
    `earlier` what the target has shown of them for other suites, to which this chunk's execution is added.
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
    """The chunk's assignment. Its cases come from `memory` where that is at them; a named case is looked at anew."""
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
