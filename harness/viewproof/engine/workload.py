"""Makes a chunk's subjects: the cases that its suite generates, each with what the reference says of it.

Suites that share a generator check the same cases one after the other. A worker remembers the cases of the current
operator and family, so that these are generated and predicted once, and a case that has agreed with the reference on
a target need not run there again for another suite. `batches` orders chunks so that this saves the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import Any

import msgspec

from viewproof.cases import parse_case
from viewproof.cases.model import Case
from viewproof.contract.installed import find_suite
from viewproof.contract.state import Left
from viewproof.contract.suite import Suite
from viewproof.evidence.expectation import Expectation, expect
from viewproof.evidence.probe import Evidence
from viewproof.evidence.subject import Subject, subject_of
from viewproof.records.chunk import Chunk, Loan

CHUNKS_A_BATCH = 24
"""How many chunks a batch holds where no one group is larger."""

_Cases = Callable[[str, str, str], Iterator[Case]]


class Equal:
    """Stands for evidence that was as expected."""

    __slots__ = ()


EQUAL = Equal()

#: What was seen of the subjects that ran on one target, by the names of the probes that were asked.
Seen = dict[tuple[str, ...], dict[Subject, Evidence | Equal]]


class Memory:
    """What a worker remembers from one chunk to the next: the subjects of one operator and family, and what was seen.

    A chunk on other cases replaces its content; a chunk of one case that a query named leaves it as it is.
    """

    def __init__(self) -> None:
        self._source: tuple[_Cases, str, str, str] | None = None
        self._accepted: list[Subject] = []
        self._refused: list[Subject] = []
        self._seen: dict[tuple[str, str], Seen] = {}
        self._left: dict[tuple[str, str], dict[Subject, Left]] = {}

    def recall(self, chunk: Chunk, suite: Suite) -> tuple[list[Subject], float]:
        """The chunk's subjects (no device said yet), and the seconds that went into generating their cases."""
        source = (suite.cases, chunk.operator, chunk.family, chunk.profile)
        spent = 0.0
        if source != self._source:
            # No source until all are predicted: a generator that fails must leave no part for the next chunk.
            self._source, self._accepted, self._refused, self._seen, self._left = None, [], [], {}, {}
            began = perf_counter()
            cases = list(_generated(chunk, suite))
            spent = perf_counter() - began
            for case in cases:
                expectation = expect(case)
                half = self._accepted if expectation.refusal is None else self._refused
                half.append(subject_of(case, expectation))
            self._source = source
        half = self._refused if suite.refused else self._accepted
        return half[chunk.start : chunk.stop], spent

    def seen_on(self, device: str, target: str) -> Seen:
        """What has been seen of the remembered subjects on `target` so far; the caller adds to it."""
        return self._seen.setdefault((device, target), {})

    def left_on(self, device: str, target: str) -> dict[Subject, Left]:
        """What those of the remembered subjects left changed on `target` that did; the caller adds to it."""
        return self._left.setdefault((device, target), {})


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


def with_reuse(plan: Iterable[Chunk]) -> tuple[Chunk, ...]:
    """The plan, each chunk told which chunks before it on the same cases may lend it their evidence.

    Chunks on one operator and family are given to one worker together, the most thorough suite first (`batches`), where
    cases are few: at `quick`. One execution of a case on a target then answers every suite that asks for no more.
    """
    chunks = list(plan)
    groups: dict[tuple[Any, ...], list[Chunk]] = {}
    for chunk in chunks:
        if chunk.profile == "quick" and chunk.case is None and chunk.start == 0 and chunk.stop is None:
            suite = find_suite(chunk.suite)
            key = (suite.cases, suite.refused, chunk.operator, chunk.family, chunk.device)
            groups.setdefault(key, []).append(chunk)
    loans: dict[str, tuple[Loan, ...]] = {}
    lenders: set[str] = set()
    for group in groups.values():
        ordered = _thorough_first(group)
        for place, chunk in enumerate(ordered):
            lending = [other for other in ordered[:place] if set(other.targets) & set(chunk.targets)]
            lenders.update([other.name for other in lending])
            loans[chunk.name] = tuple([
                Loan(target=target, rules=other.rules)
                for other in lending
                for target in chunk.targets
                if target in other.targets
            ])  # fmt: skip
    return tuple([
        msgspec.structs.replace(chunk, loans=loans.get(chunk.name, ()), lends=chunk.name in lenders) for chunk in chunks
    ])  # fmt: skip


def _thorough_first(chunks: Iterable[Chunk]) -> list[Chunk]:
    return sorted(chunks, key=lambda chunk: -find_suite(chunk.suite).level)


def batches(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    """The chunks that a worker is given at once: those on the same operator and family, the most thorough suite first.

    Small groups go together, since a message between processes costs as much as a dozen cases. Groups of the highest
    levels come first: their chunks take longest, and the last batches should be short, for no worker to end long after
    the others. Outside of `quick` chunks are large enough to be batches of their own; the order is the same.
    """
    groups: dict[tuple[str, str, str], list[Chunk]] = {}
    for chunk in chunks:
        groups.setdefault((chunk.operator, chunk.family, chunk.profile), []).append(chunk)
    found: list[list[Chunk]] = []
    room = 0
    thorough = [_thorough_first(group) for group in groups.values()]
    for ordered in sorted(thorough, key=lambda group: -find_suite(group[0].suite).level):
        if ordered[0].profile != "quick":
            found += [[chunk] for chunk in ordered]
            continue
        if room < len(ordered):
            found.append([])
            room = CHUNKS_A_BATCH
        found[-1] += ordered
        room -= len(ordered)
    return found
