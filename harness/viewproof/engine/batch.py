"""Batches: chunks that a worker is given at once, and how they are run again where one of them ends the worker."""

from __future__ import annotations

from dataclasses import dataclass

from viewproof.engine.split import Death, Piece, Work, condemn
from viewproof.records.model import ChunkRecord


@dataclass(eq=False, slots=True)
class _LoneRuns:
    """A batch that ended its worker, whose chunks are now run one by one: how it ended, how many still run.

    The record of its `last` chunk is `kept` until all others are done: whether one of them crashed decides its verdict.
    """

    death: Death
    left: int
    last: str
    shown: bool = False
    kept: Piece | None = None


@dataclass(eq=False, slots=True)
class Batch:
    """Pieces that one task of a worker runs in sequence; `alone` is the batch that they were taken from, if any.

    `task` is the number of the task that it was given as last.
    """

    pieces: list[Piece]
    alone: _LoneRuns | None = None
    task: int = 0

    @property
    def limit(self) -> float:
        """Seconds that the task may take: what its slowest piece may."""
        return max(piece.limit for piece in self.pieces)

    def taken_apart(self, death: Death) -> list[Batch]:
        """Each of its pieces as a batch of its own, after a death that any of them may have caused."""
        alone = _LoneRuns(death, len(self.pieces), self.pieces[-1].chunk.name)
        return [Batch([piece], alone) for piece in self.pieces]

    def part(self, piece: Piece) -> Batch:
        """A part of one of its pieces, on its own."""
        return Batch([piece], self.alone)

    def settled(self, whole: Piece, work: Work) -> list[ChunkRecord]:
        """The records that may be given out now that a chunk is complete: its own, and one that was kept for it.

        A crash that no chunk shows when run by itself is recorded for the batch's last one, whatever order they ran in.
        """
        alone = self.alone
        if alone is None:
            return [_record(whole)]
        alone.left -= 1
        alone.shown = alone.shown or whole.death is not None
        if whole.chunk.name == alone.last:
            alone.kept = whole
        found = [] if whole is alone.kept else [_record(whole)]
        if alone.left or alone.kept is None:
            return found
        return [*found, _last(alone, alone.kept, work)]


def _last(alone: _LoneRuns, last: Piece, work: Work) -> ChunkRecord:
    death = alone.death
    if alone.shown or death.verdict != "crash":
        return _record(last)
    words = f"{death.observed}, only with the chunks run before it"
    return condemn(last.chunk, Death("crash", f"{death.cause}, only in a batch", words), work)


def _record(whole: Piece) -> ChunkRecord:
    if whole.record is None:
        raise AssertionError(f"{whole.chunk.name}: wanted a settled chunk, got one without a record")
    return whole.record
