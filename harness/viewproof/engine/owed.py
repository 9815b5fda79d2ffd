"""What a chunk owes, counted from generation and the reference alone: plain data."""

from __future__ import annotations

import msgspec

from viewproof.records.model import ChunkRecord


class Owed(msgspec.Struct, frozen=True, array_like=True):
    """What one chunk owes: cases, those that the reference accepts, executions, and (target, rule, verdicts planned).

    `fault` says why it could not be counted; empty where it was.
    """

    chunk: str
    cases: int = 0
    accepted: int = 0
    executions: int = 0
    planned: tuple[tuple[str, str, int], ...] = ()
    fault: str = ""


def owed_in(record: ChunkRecord) -> Owed:
    """What the record of a chunk that was planned and not run says that the chunk owes."""
    planned = tuple([(tally.target, tally.rule, tally.planned) for tally in record.tallies])
    return Owed(record.chunk, record.cases, record.accepted, record.executions, planned)
