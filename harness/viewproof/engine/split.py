"""What a run is made of, as functions; and the record of a chunk of which a part, or nothing at all, was judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from viewproof.engine.death import Death
from viewproof.engine.fault import fault_of
from viewproof.engine.owed import Owed
from viewproof.place import Place, place_here
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Failure, Tally

#: The shape of a chunk that nobody can count, since its generator or its reference fails.
UNCOUNTED = "cannot be counted"


def nothing_is_left() -> bool:
    """False: no chunk leaves anything behind in its worker."""
    return False


@dataclass(frozen=True, slots=True)
class Work:
    """The functions that a run is made of, each at the top of a module, so that a worker process can import it.

    `check` runs a chunk; `owed` counts what it owes, by generation alone, and `planned` gives that as a record that
    names its cases; `count` is its number of cases; `first` names its first case; `case_of` is the place among its
    generated cases of the one of an execution, by the numbers of the target in the chunk and of the execution there;
    `place_of` is that of the case of a name; `start` prepares a worker and imports the user's modules there; `waive`
    names the known issue that a death shows on a device, if any; `forked` that its workers may be forked from a process
    that has loaded torch and the engine; `place` says where a worker runs; `spent` whether a chunk has left something
    in its worker that cannot be put back.
    """

    check: Callable[[Chunk], ChunkRecord]
    owed: Callable[[Chunk], Owed]
    planned: Callable[[Chunk], ChunkRecord]
    count: Callable[[Chunk], int]
    first: Callable[[Chunk], str]
    case_of: Callable[[Chunk, int, int], int]
    place_of: Callable[[Chunk, str], int]
    start: Callable[[tuple[str, ...]], None]
    waive: Callable[[Failure, str], str | None]
    forked: bool = False
    place: Callable[[], Place] = place_here
    spent: Callable[[], bool] = nothing_is_left


def merge(chunk: Chunk, records: Sequence[ChunkRecord], *, by_target: bool) -> ChunkRecord:
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
