"""The checking loop: a chunk's cases through its targets, judged by its rules, counted to a record."""

from __future__ import annotations

import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from time import perf_counter

from viewproof.cases import format_case, parse_case
from viewproof.cases.model import Case
from viewproof.engine.chunk import Chunk
from viewproof.engine.judge import Judge, Owed
from viewproof.engine.suites import find_suite
from viewproof.engine.warm import warm_up
from viewproof.expectation import Expectation, expect
from viewproof.records.model import ChunkRecord
from viewproof.rules import Rule, all_rules
from viewproof.subject import Subject, Traits, expected_facts, subject_of
from viewproof.targets import Target, find_target


def candidates(chunk: Chunk) -> Iterator[Case]:
    """The generated cases of a chunk, accepted and refused; the one case where the chunk names one."""
    if chunk.case is not None:
        return iter([parse_case(chunk.case)])
    return find_suite(chunk.suite).cases(chunk.operator, chunk.family, chunk.profile)


def chunk_work(chunk: Chunk) -> Iterator[tuple[Case, Expectation]]:
    """The chunk's cases in order, each with what the reference says: the half of the candidates that is its suite's."""
    refused = find_suite(chunk.suite).refused
    chosen = (
        (case, expectation)
        for case in candidates(chunk)
        if ((expectation := expect(case)).refusal is not None) is refused
    )
    return islice(chosen, chunk.start, chunk.stop)


def count_cases(chunk: Chunk) -> int:
    """How many cases the chunk holds."""
    return sum(1 for _ in chunk_work(chunk))


class Planner:
    """Which rules apply to a case on a target, by its traits: pure, and asked once for equal traits."""

    def __init__(self, chunk: Chunk) -> None:
        rules = all_rules()
        self.rules: list[Rule] = [rules[name] for name in chunk.rules]
        # Equal traits are one object (subject.py keeps them): their identity is a key, and they are kept alive.
        self._known: dict[tuple[int, str], tuple[Owed, Traits]] = {}
        self._same: dict[tuple[Rule, ...], Owed] = {}

    def planned(self, traits: Traits, target: Target) -> Owed:
        """What `target` owes a case of these traits; no rules where it takes no such case."""
        key = (id(traits), target.name)
        known = self._known.get(key)
        if known is not None:
            return known[0]
        takes = target.takes(traits)
        rules = tuple([rule for rule in self.rules if rule.applies(traits, target.name)]) if takes else ()
        found = self._same.setdefault(rules, Owed(rules))
        self._known[key] = (found, traits)
        return found


def count_planned(chunk: Chunk) -> ChunkRecord:
    """The chunk's record as planning alone knows it: every planned verdict `missing`. Runs nothing of torch's."""
    began = perf_counter()
    planner = Planner(chunk)
    counts: Counter[tuple[str, str]] = Counter()
    signatures: list[int] = []
    executions = 0
    refused = 0
    for case, expectation in chunk_work(chunk):
        traits = subject_of(case, expectation, "cpu").traits
        signatures.append(_signature(case))
        refused += traits.refused
        for name in chunk.targets:
            planned = planner.planned(traits, find_target(name))
            executions += bool(planned.rules)
            counts.update((name, rule.name) for rule in planned.rules)
    judge = Judge(chunk)
    for (target, rule), count in counts.items():
        judge.count(target, rule, "missing", count)
    return judge.record(len(signatures), refused, executions, signatures, 0.0, perf_counter() - began)


def _signature(case: Case) -> int:
    name = format_case(case).encode()
    return zlib.crc32(name) | zlib.adler32(name) << 32


def check_chunk(chunk: Chunk) -> ChunkRecord:
    """Run the chunk and judge it. `checking_seconds` holds the reference, the runs, the judging and the recording."""
    warm_up()
    began = perf_counter()
    cases = list(candidates(chunk))
    generated = perf_counter()
    refused = find_suite(chunk.suite).refused
    pairs = [(case, expectation) for case in cases if ((expectation := expect(case)).refusal is not None) is refused]
    pairs = pairs[chunk.start : chunk.stop]
    planner = Planner(chunk)
    judge = Judge(chunk)
    executions = 0
    home = chunk.device.split(":")[0]
    subjects = [subject_of(case, expectation, home) for case, expectation in pairs]
    for name in chunk.targets:
        target = find_target(name)
        word = target.device_word(chunk.device)
        executions += _run_target(chunk, target, _seen_on(subjects, word, home), planner, judge)
    checked = perf_counter()
    signatures = [_signature(case) for case, _ in pairs]
    record = judge.record(
        len(pairs),
        sum(subject.traits.refused for subject in subjects),
        executions,
        signatures,
        checked - generated,
        0.0,
    )
    record.generating_seconds = perf_counter() - checked + generated - began
    return record


def _seen_on(subjects: list[Subject], word: str, home: str) -> list[Subject]:
    if word == home:
        return subjects
    return [
        Subject(
            case,
            expectation,
            traits,
            word,
            tuple([expected_facts(output.layout, word) for output in expectation.outputs or ()]),
        )
        for case, expectation, traits, _, _ in subjects
    ]


def _run_target(chunk: Chunk, target: Target, subjects: list[Subject], planner: Planner, judge: Judge) -> int:
    work = [(subject, owed) for subject in subjects if (owed := planner.planned(subject.traits, target)).rules]
    if not work:
        return 0
    # Torch warns of experimental dtypes and deprecated uses, once a process: no part of any verdict.
    with warnings.catch_warnings(action="ignore"), target.open(chunk.device, chunk.operator) as session:
        seen = [session.observe(subject, owed.probes) for subject, owed in work]
        session.flush()
    name, verdict = target.name, judge.judge
    for (subject, owed), observation in zip(work, seen, strict=True):
        verdict(name, subject, owed, observation)
    return len(work)
