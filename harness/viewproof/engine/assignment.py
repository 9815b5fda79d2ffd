"""All that checking a chunk needs, made once: its subjects, its targets, and what is asked of each on each target."""

from __future__ import annotations

from typing import Any, NamedTuple

from viewproof.contract.installed import find_suite, find_target
from viewproof.contract.target import Target
from viewproof.engine.planner import Planner, RuleSet, planner_of
from viewproof.engine.workload import Memory, Seen
from viewproof.evidence.subject import Subject, Traits
from viewproof.records.chunk import Chunk


class Task(NamedTuple):
    """One execution: the subject, the rules that apply, and the expected evidence of their probes.

    `reused`: the plan takes its evidence from one that another suite ran.
    """

    subject: Subject
    rules: RuleSet
    expected: Any
    reused: bool


class TargetWork(NamedTuple):
    """What one target of a chunk is to run. `seen` holds what ran on the target before, for other suites."""

    target: Target
    tasks: list[Task]
    seen: Seen


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
        word = target.device_word(chunk.device)
        lenders = [planner_of(loan.rules) for loan in chunk.loans if loan.target == name]
        tasks = []
        for subject in subjects:
            rules = planner.rules_for(subject.traits, target)
            if rules.rules:
                expected = rules.expected(subject, word)
                reused = bool(lenders) and is_lent(lenders, subject.traits, target, rules)
                tasks.append(Task(subject, planner.parted(subject, rules, expected), expected, reused))
        works.append(TargetWork(target, tasks, memory.seen_on(chunk.device, name)))
    return Assignment(chunk, subjects, works, seconds)


def is_lent(lenders: list[Planner], traits: Traits, target: Target, rules: RuleSet) -> bool:
    """Whether another suite that ran before has asked for all the probes of these rules, of a case of these traits."""
    return any(set(rules.names) <= set(planner.rules_for(traits, target).names) for planner in lenders)
