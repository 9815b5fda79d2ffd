"""Makes a chunk's subjects: the cases that its suite generates, each with what the reference says of it.

Suites that share a generator check the same cases one after the other. A worker remembers the cases of the current
operator and family, so that these are generated and predicted once, and a case that has agreed with the reference on
a target need not run there again for another suite. `batches` orders chunks so that this saves the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import NamedTuple

from viewproof.cases import parse_case
from viewproof.cases.model import Case
from viewproof.contract.installed import find_suite
from viewproof.contract.known_issues import issues_for
from viewproof.contract.suite import Suite
from viewproof.engine.planner import RuleSet
from viewproof.evidence.expectation import Expectation, expect
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, requires_grad, subject_of
from viewproof.records.chunk import Chunk

CHUNKS_A_BATCH = 24
"""How many chunks a batch holds where no one group is larger."""

_Cases = Callable[[str, str, str], Iterator[Case]]


class Execution(NamedTuple):
    """One run of a target's session: which subjects it had, with the rules asked, and what it saw of each.

    What it saw is None where the outputs agreed in all that the rules ask.
    """

    work: list[tuple[Subject, RuleSet]]
    seen: list[Observation | None]


class Memory:
    """What a worker remembers from one chunk to the next: the subjects of one operator and family, and what was seen.

    A chunk on other cases replaces its content; a chunk of one case that a query named leaves it as it is.
    """

    def __init__(self) -> None:
        self._source: tuple[_Cases, str, str, str] | None = None
        self._accepted: list[Subject] = []
        self._refused: list[Subject] = []
        self._executions: dict[tuple[str, str], list[Execution]] = {}

    def recall(self, chunk: Chunk, suite: Suite) -> tuple[list[Subject], float]:
        """The chunk's subjects (no device said yet), and the seconds that went into generating their cases."""
        source = (suite.cases, chunk.operator, chunk.family, chunk.profile)
        spent = 0.0
        if source != self._source:
            # No source until all are predicted: a generator that fails must leave no part for the next chunk.
            self._source, self._accepted, self._refused, self._executions = None, [], [], {}
            began = perf_counter()
            cases = list(_generated(chunk, suite))
            spent = perf_counter() - began
            for case in cases:
                expectation = expect(case)
                half = self._accepted if expectation.refusal is None else self._refused
                half.append(subject_of(case, expectation, ""))
            self._source = source
        half = self._refused if suite.refused else self._accepted
        return half[chunk.start : chunk.stop], spent

    def executions_on(self, device: str, target: str) -> list[Execution]:
        """What has been seen of the remembered subjects on `target` so far; the caller adds to it."""
        return self._executions.setdefault((device, target), [])


def _generated(chunk: Chunk, suite: Suite) -> Iterator[Case]:
    """The generated cases of a chunk, accepted and refused; the one case where the chunk names one."""
    if chunk.case is not None:
        return iter([parse_case(chunk.case)])
    return suite.cases(chunk.operator, chunk.family, chunk.profile)


def cases_of(chunk: Chunk) -> Iterator[tuple[Case, Expectation]]:
    """The chunk's cases in order (accepted or refused ones, as its suite asks), each with what the reference says."""
    suite = find_suite(chunk.suite)
    chosen = (
        (case, expectation)
        for case in _generated(chunk, suite)
        if ((expectation := expect(case)).refusal is not None) is suite.refused
    )
    return islice(chosen, chunk.start, chunk.stop)


def agreed_before(executions: Iterable[Execution]) -> dict[Subject, frozenset[str]]:
    """The subjects whose execution has agreed with the reference, and in which probes.

    A suite that asks for no other probes need not run them again: one execution of a case on a target answers all.
    Where grad is required, values are read with autograd off and facts with it on: one does not stand for the other.
    """
    agreed: dict[Subject, frozenset[str]] = {}
    for work, seen in executions:
        for (subject, rules), found in zip(work, seen, strict=True):
            if found is None and (rules.facts or not requires_grad(subject.case)):
                known = agreed.get(subject)
                agreed[subject] = rules.probes if known is None else known | rules.probes
    return agreed


def batches(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    """The chunks that a worker is given at once: those on the same operator and family, the most thorough suite first.

    Small groups go together, since a message between processes costs as much as a dozen cases. Operators that are
    known to end their process come last, one chunk a batch: a worker that dies loses what it remembers. Outside of
    `quick` chunks are large enough to be batches of their own; the order is the same.
    """
    groups: dict[tuple[str, str, str], list[Chunk]] = {}
    deadly: list[Chunk] = []
    for chunk in chunks:
        if is_deadly(chunk):
            deadly.append(chunk)
        else:
            groups.setdefault((chunk.operator, chunk.family, chunk.profile), []).append(chunk)
    found: list[list[Chunk]] = []
    room = 0
    for (_, _, profile), group in groups.items():
        ordered = sorted(group, key=lambda chunk: -find_suite(chunk.suite).level)
        if profile != "quick":
            found += [[chunk] for chunk in ordered]
            continue
        if room < len(ordered):
            found.append([])
            room = CHUNKS_A_BATCH
        found[-1] += ordered
        room -= len(ordered)
    return found + [[chunk] for chunk in deadly]


def is_deadly(chunk: Chunk) -> bool:
    """Whether a known issue says that the chunk's operator ends its process."""
    issues = issues_for(chunk.suite, chunk.operator, chunk.device)
    return any(issue.verdict != "fail" for issue in issues)
