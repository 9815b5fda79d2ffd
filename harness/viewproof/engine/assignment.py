"""All that checking a chunk needs, made once: its subjects, its targets, and what is asked of each on each target."""

from __future__ import annotations

from typing import Any, NamedTuple

from viewproof.contract.installed import find_suite, find_target
from viewproof.contract.state import Left
from viewproof.contract.target import Target
from viewproof.engine.planner import Planner, RuleSet, planner_for, planner_of
from viewproof.engine.workload import Memory, Seen
from viewproof.evidence.outputs import facts_evidence
from viewproof.evidence.subject import Subject, Traits
from viewproof.records.chunk import Chunk


class TargetWork(NamedTuple):
    """What one target of a chunk is to run, execution by execution, in lists of one length.

    `subjects` are those to which a rule applies, `rules` the rules, `expected` the expected evidence of their probes.
    `reused` are the places of the executions whose evidence, so says the plan, is taken from one that another suite
    ran; `seen` holds what ran on the target before.
    """

    target: Target
    subjects: list[Subject]
    rules: list[RuleSet]
    expected: list[Any]
    reused: frozenset[int]
    seen: Seen
    left: dict[Subject, Left]


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
    planner = planner_for(chunk)
    works = [_work(chunk, find_target(name), subjects, planner, memory) for name in chunk.targets]
    return Assignment(chunk, subjects, works, seconds)


def _work(chunk: Chunk, target: Target, subjects: list[Subject], planner: Planner, memory: Memory) -> TargetWork:
    word = target.device_word(chunk.device)
    known = planner.on(target)
    lenders = [planner_of(loan.rules) for loan in chunk.loans if loan.target == target.name]
    seen, left = memory.seen_on(chunk.device, target.name), memory.left_on(chunk.device, target.name)
    work = TargetWork(target, [], [], [], frozenset(), seen, left)
    add_subject, add_rules, add_expected = work.subjects.append, work.rules.append, work.expected.append
    lent: list[int] = []
    for subject in subjects:
        rules = known.get(subject.traits) or planner.rules_for(subject.traits, target)
        if not rules.rules:
            continue
        if rules.facts:
            expected: Any = subject.known.get(word)
            if expected is None:
                expected = facts_evidence(subject, word)
        else:
            expected = rules.expected(subject, word)
        if lenders and is_lent(lenders, subject.traits, target, rules):
            lent.append(len(work.subjects))
        add_subject(subject)
        add_rules(rules.parted(expected) if rules.seeing else rules)
        add_expected(expected)
    return work._replace(reused=frozenset(lent)) if lent else work


def is_lent(lenders: list[Planner], traits: Traits, target: Target, rules: RuleSet) -> bool:
    """Whether another suite that ran before has asked for all the probes of these rules, of a case of these traits."""
    return any(set(rules.names) <= set(planner.rules_for(traits, target).names) for planner in lenders)
