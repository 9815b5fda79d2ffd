"""Which subjects a chunk holds: what its suite generates, what the reference says of each, and the suite's half of it.

Suites that share a generator look at the same cases one after the other: the last workload is kept, so that these are
generated and predicted once, and what has agreed with the reference on a target need not run there again for another
suite. `batches` is the order in which that pays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import NamedTuple

from viewproof.cases import parse_case
from viewproof.cases.model import Case
from viewproof.engine.chunk import Chunk
from viewproof.engine.judge import Owed
from viewproof.engine.known_issues import issues_for
from viewproof.engine.suites import find_suite
from viewproof.expectation import Expectation, expect
from viewproof.observation import Observation
from viewproof.subject import Subject, requires_grad, subject_of

CHUNKS_A_BATCH = 24
"""How many chunks a batch holds where no one group is larger."""

_Cases = Callable[[str, str, str], Iterator[Case]]


class Looked(NamedTuple):
    """What a session saw of each execution of a chunk: None where all that was asked at a glance agreed."""

    work: list[tuple[Subject, Owed]]
    seen: list[Observation | None]


class _Kept(NamedTuple):
    cases: _Cases
    family: tuple[str, str, str]
    accepted: list[Subject]
    refused: list[Subject]
    looked: dict[tuple[str, str], list[Looked]]


_last: _Kept | None = None


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


def subjects_of(chunk: Chunk) -> tuple[list[Subject], float]:
    """The chunk's subjects (no device said yet), and the seconds that went into generating their cases."""
    global _last
    suite = find_suite(chunk.suite)
    family = (chunk.operator, chunk.family, chunk.profile)
    kept, spent = _last, 0.0
    if chunk.case is not None or kept is None or kept.cases is not suite.cases or kept.family != family:
        began = perf_counter()
        cases = list(candidates(chunk))
        spent = perf_counter() - began
        kept = _Kept(suite.cases, family, [], [], {})
        for case in cases:
            expectation = expect(case)
            half = kept.accepted if expectation.refusal is None else kept.refused
            half.append(subject_of(case, expectation, ""))
        if chunk.case is None:
            _last = kept
    half = kept.refused if suite.refused else kept.accepted
    return half[chunk.start : chunk.stop], spent


def looked_at(chunk: Chunk, target: str) -> list[Looked]:
    """What has been seen of the kept subjects on `target` so far; the caller adds to it. Of a named case, nothing."""
    kept = _last
    family = (chunk.operator, chunk.family, chunk.profile)
    if (
        kept is None
        or chunk.case is not None
        or kept.cases is not find_suite(chunk.suite).cases
        or kept.family != family
    ):
        return []
    return kept.looked.setdefault((chunk.device, target), [])


def agreed_before(looked: Iterable[Looked]) -> dict[int, frozenset[str]]:
    """The subjects, by identity, whose execution has agreed with the reference, and in which probes.

    A suite that asks for no other probes need not run them again: one execution of a case on a target answers all. What
    requires grad is looked at with autograd off for its values and on for its facts: the one says nothing of the other.
    """
    agreed: dict[int, frozenset[str]] = {}
    for work, seen in looked:
        for (subject, owed), found in zip(work, seen, strict=True):
            if found is None and (owed.facts or not requires_grad(subject.case)):
                known = agreed.get(id(subject))
                agreed[id(subject)] = owed.probes if known is None else known | owed.probes
    return agreed


def batches(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    """The chunks that a worker is given at once: those on the same operator and family, those that look closest first.

    Small groups go together, since every errand between processes costs as much as a dozen cases. Operators that are
    known to end their process come last and alone: a worker that dies loses what it has kept. Outside of `quick` a
    chunk is large enough to be given alone; the order is the same.
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
