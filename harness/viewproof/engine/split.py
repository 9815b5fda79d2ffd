"""What becomes of a chunk that dies: it is cut until the guilty case is known, and its parts are put together again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from viewproof.engine.fault import fault_of
from viewproof.engine.owed import Owed
from viewproof.place import Place, place_here
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Failure, Tally

#: Into how many parts the cases of a piece that died are cut. With four, a lone guilty case costs as many executions as
#: with two, and half as many of them die; many guilty cases cost a third less.
PARTS = 4
#: The shape of a chunk that nobody can count, since its generator or its reference fails.
UNCOUNTED = "cannot be counted"


def never(_: Chunk) -> bool:
    """False: no chunk is known to end its process."""
    return False


@dataclass(frozen=True, slots=True)
class Work:
    """The functions that a run is made of, each at the top of a module, so that a worker process can import it.

    `check` runs a chunk; `owed` counts what it owes, by generation alone, and `planned` gives that as a record that
    names its cases; `count` is its number of cases; `first` names its first case; `start` prepares a worker and imports
    the user's modules there; `waive` names the known issue that a death shows on a device, if any; `deadly` says that a
    chunk is known to hold such a death; `forked` that its workers may be forked from a process that has loaded torch
    and the engine; `place` says where a worker runs.
    """

    check: Callable[[Chunk], ChunkRecord]
    owed: Callable[[Chunk], Owed]
    planned: Callable[[Chunk], ChunkRecord]
    count: Callable[[Chunk], int]
    first: Callable[[Chunk], str]
    start: Callable[[tuple[str, ...]], None]
    waive: Callable[[Failure, str], str | None]
    deadly: Callable[[Chunk], bool] = never
    forked: bool = False
    place: Callable[[], Place] = place_here


@dataclass(frozen=True, slots=True)
class Death:
    """How an execution ended that gave no record. `cause` is its shape (`SIGSEGV`), `observed` says it whole."""

    verdict: str
    cause: str
    observed: str


@dataclass(eq=False, slots=True)
class Piece:
    """A chunk, or a part of one, on its way to a record. `limit` is in seconds."""

    chunk: Chunk
    limit: float
    parent: Piece | None = None
    parts: list[Piece] = field(default_factory=list)
    by_target: bool = False
    death: Death | None = None
    record: ChunkRecord | None = None


def cut(piece: Piece, work: Work, shortest: float) -> list[Piece]:
    """The parts of a piece that died: one a target, then quarters of its cases; none if one case and target is left."""
    chunk = piece.chunk
    if len(chunk.targets) > 1:
        piece.by_target = True
        chunks = [msgspec.structs.replace(chunk, targets=(target,)) for target in chunk.targets]
    else:
        count = 1 if chunk.case is not None else work.count(chunk)
        if count <= 1:
            return []
        number = min(PARTS, count)
        ends = [chunk.start + count * part // number for part in range(number + 1)]
        chunks = [msgspec.structs.replace(chunk, start=start, stop=stop) for start, stop in pairwise(ends)]
    piece.parts = [Piece(part, max(piece.limit / 2, shortest), piece) for part in chunks]
    return piece.parts


def settle(piece: Piece, work: Work) -> Piece | None:
    """Carry a piece's record up as far as all parts are there. Returns the whole chunk's piece once it is complete."""
    while piece.record is not None:
        parent = piece.parent
        if parent is None:
            return piece
        records = [part.record for part in parent.parts if part.record is not None]
        if len(records) < len(parent.parts):
            return None
        parent.record = _together(parent, records, work)
        piece = parent
    return None


def _together(parent: Piece, records: list[ChunkRecord], work: Work) -> ChunkRecord:
    death = parent.death
    if death is not None and death.verdict == "crash" and all(part.death is None for part in parent.parts):
        # No part dies by itself: the sequence of cases is at fault, and that must be recorded.
        whole = Death("crash", f"{death.cause}, only as a whole", f"{death.observed}, only as a whole")
        return condemn(parent.chunk, whole, work)
    return merge(parent.chunk, records, parent.by_target)


def merge(chunk: Chunk, records: list[ChunkRecord], by_target: bool) -> ChunkRecord:
    """One record of a chunk from the records of its parts; parts cut by target hold the same cases."""
    tallies: dict[tuple[str, str], Tally] = {}
    issues: dict[str, int] = {}
    for record in records:
        for tally in record.tallies:
            sum_ = tallies.setdefault(
                (tally.target, tally.rule), Tally(target=tally.target, rule=tally.rule, planned=0, verdicts={})
            )
            sum_.planned += tally.planned
            for verdict, number in tally.verdicts.items():
                sum_.verdicts[verdict] = sum_.verdicts.get(verdict, 0) + number
        for issue, number in record.issues_shown.items():
            issues[issue] = issues.get(issue, 0) + number
    over_parts = max if by_target else sum
    return ChunkRecord(
        chunk=chunk.name,
        suite=chunk.suite,
        operator=chunk.operator,
        family=chunk.family,
        cases=over_parts(record.cases for record in records),
        accepted=over_parts(record.accepted for record in records),
        executions=sum(record.executions for record in records),
        reused=sum(record.reused for record in records),
        tallies=list(tallies.values()),
        failures=[failure for record in records for failure in record.failures],
        signatures=list(dict.fromkeys(signature for record in records for signature in record.signatures)),
        issues_shown=issues,
        too_wide=[line for record in records for line in record.too_wide],
        checking_seconds=sum(record.checking_seconds for record in records),
        generating_seconds=sum(record.generating_seconds for record in records),
    )


def condemn(chunk: Chunk, death: Death, work: Work) -> ChunkRecord:
    """The record of an execution that died: every planned verdict says so, with one failure for each target."""
    try:
        record = work.planned(chunk)
        case = work.first(chunk)
    except Exception as error:  # noqa: BLE001 -- our own generator failed; the record says so
        said = death.observed if death.cause == UNCOUNTED else f"{fault_of(error)}; {death.observed}"
        death = Death("harness_error", UNCOUNTED, said)
        record, case = _uncounted(chunk), chunk.name
    if not any(tally.planned for tally in record.tallies):
        # Nothing was planned and yet it died: one verdict is counted, so that the death shows.
        record.tallies = [Tally(target=chunk.targets[0], rule=chunk.rules[0], planned=1, verdicts={})]
    failures: dict[str, Failure] = {}
    for tally in record.tallies:
        if tally.planned == 0:
            tally.verdicts = {}
            continue
        if tally.target not in failures:
            failure = Failure(
                suite=chunk.suite,
                target=tally.target,
                rule=tally.rule,
                operator=chunk.operator,
                case=case,
                verdict=death.verdict,
                expected="a verdict",
                observed=death.observed,
                difference=death.cause,
            )
            failures[tally.target] = _waived(failure, chunk.device, work)
        failure = failures[tally.target]
        tally.verdicts = {failure.verdict: tally.planned}
        if failure.known_issue is not None:
            shown = record.issues_shown.get(failure.known_issue, 0)
            record.issues_shown[failure.known_issue] = shown + tally.planned
    record.failures = list(failures.values())
    return record


def _waived(failure: Failure, device: str, work: Work) -> Failure:
    """The failure, waived where a known issue names it; our own errors never are."""
    if failure.verdict == "harness_error":
        return failure
    try:
        issue = work.waive(failure, device)
    except Exception as error:  # noqa: BLE001 -- a feature or the reference failed; the record says so
        fault = fault_of(error)
        observed = f"{fault}; {failure.observed}"
        return msgspec.structs.replace(failure, verdict="harness_error", observed=observed, difference=fault.words)
    return failure if issue is None else msgspec.structs.replace(failure, verdict="waived", known_issue=issue)


def _uncounted(chunk: Chunk) -> ChunkRecord:
    return ChunkRecord(
        chunk=chunk.name,
        suite=chunk.suite,
        operator=chunk.operator,
        family=chunk.family,
        cases=0,
        accepted=0,
        executions=0,
        tallies=[],
        failures=[],
        signatures=[],
        issues_shown={},
        too_wide=[],
        checking_seconds=0.0,
        generating_seconds=0.0,
    )
