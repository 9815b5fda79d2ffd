"""Compares a chunk's record with what the chunk owes, which another process than the one that ran it has counted."""

from __future__ import annotations

from viewproof.engine.death import Death
from viewproof.engine.owed import Owed
from viewproof.engine.split import UNCOUNTED, Work, condemn
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Tally

#: Verdicts of an execution that died: where a chunk owes nothing, one of them shows its death.
_DEATHS = frozenset({"crash", "timeout", "harness_error", "waived"})


def settled_by(owed: Owed, record: ChunkRecord, chunk: Chunk, work: Work) -> ChunkRecord:
    """The record with the planned numbers that were counted, so that what is owed and not given is missing.

    Where the record gives what is not owed, or its cases or executions are others, and where nothing could be counted,
    each verdict of the chunk is a harness error that says so.
    """
    if owed.fault:
        return condemn(
            chunk,
            Death("harness_error", UNCOUNTED, f"{owed.fault}; no verdict of {chunk.name} can be told to be owed"),
            work,
        )
    given = {(tally.target, tally.rule): sum(tally.verdicts.values()) for tally in record.tallies}
    wanted = {(target, rule): number for target, rule, number in owed.planned}
    if not any(wanted.values()) and _shows_a_death(record):
        return record
    wrong = _more(given, wanted) or _otherwise(
        record, owed, short=any(given.get(one, 0) < wanted[one] for one in wanted)
    )
    if wrong is not None:
        return condemn(chunk, Death("harness_error", wrong[0], f"{chunk.name}: {wrong[1]}"), work)
    known = {(tally.target, tally.rule): tally for tally in record.tallies}
    for place, number in wanted.items():
        tally = known.get(place)
        if tally is not None:
            tally.planned = number
        elif number:
            record.tallies.append(Tally(target=place[0], rule=place[1], planned=number, verdicts={}))
    return record


def not_owed(owed: Owed, record: ChunkRecord, chunk: Chunk) -> tuple[str, str] | None:
    """What a record that was settled before says otherwise than its chunk owes, as what was wanted and what was got.

    It was compared with the same count when it was written, so that what it plans is what is owed. Of a chunk that
    cannot be counted each verdict is a harness error.
    """
    for what in ("suite", "operator", "family"):
        if getattr(record, what) != getattr(chunk, what):
            return f"{what} {getattr(chunk, what)} of {chunk.name}", str(getattr(record, what))
    if owed.fault:
        words = {word for tally in record.tallies for word, number in tally.verdicts.items() if number}
        return None if words == {"harness_error"} else (f"a count of {chunk.name}", owed.fault)
    planned = {(tally.target, tally.rule): tally.planned for tally in record.tallies}
    wanted = {(target, rule): number for target, rule, number in owed.planned}
    if not any(wanted.values()) and _shows_a_death(record):
        return None
    for target, rule in dict.fromkeys([*wanted, *planned]):
        due, held = wanted.get((target, rule), 0), planned.get((target, rule), 0)
        if due != held and not _uncounted(record):
            return f"{due} planned of {target}/{rule} in {chunk.name}", str(held)
    short = any(sum(tally.verdicts.values()) < tally.planned for tally in record.tallies)
    wrong = _otherwise(record, owed, short=short)
    return None if wrong is None else (f"what {chunk.name} owes", wrong[1])


def _uncounted(record: ChunkRecord) -> bool:
    """Whether a part of the chunk could not be counted as it ran: that is a harness error, and has its own message."""
    return any(failure.difference == UNCOUNTED for failure in record.failures)


def _shows_a_death(record: ChunkRecord) -> bool:
    verdicts = [tally.verdicts for tally in record.tallies if tally.verdicts]
    return len(verdicts) == 1 and sum(verdicts[0].values()) == 1 and _DEATHS.issuperset(verdicts[0])


def _more(given: dict[tuple[str, str], int], wanted: dict[tuple[str, str], int]) -> tuple[str, str] | None:
    for (target, rule), number in given.items():
        owed = wanted.get((target, rule), 0)
        if number > owed:
            return "more verdicts than owed", f"{target}/{rule}: wanted {owed} verdicts, got {number}"
    return None


def _otherwise(record: ChunkRecord, owed: Owed, *, short: bool) -> tuple[str, str] | None:
    # What lacks verdicts says so by them, and what died uncounted by its own message.
    if short or any("harness_error" in tally.verdicts for tally in record.tallies):
        return None
    for what in ("cases", "accepted", "executions"):
        wanted, got = getattr(owed, what), getattr(record, what)
        if wanted != got:
            return f"another number of {what}", f"{what}: wanted {wanted}, got {got}"
    return None
