"""Chunks that a worker is given at once, and what becomes of them where one of them ends the worker."""

from __future__ import annotations

from dataclasses import dataclass

from viewproof.engine.split import Death, Piece, Work, condemn
from viewproof.records.model import ChunkRecord


@dataclass(eq=False, slots=True)
class _Alone:
    """A batch that ended its worker, whose chunks are now run one by one: how it ended, how many are still out."""

    death: Death
    left: int
    shown: bool = False


@dataclass(eq=False, slots=True)
class Batch:
    """Pieces that one task of a worker runs, one behind the other; `alone` is the batch that they were taken from."""

    pieces: list[Piece]
    alone: _Alone | None = None

    @property
    def limit(self) -> float:
        """Seconds that the task may take: what its slowest piece may."""
        return max(piece.limit for piece in self.pieces)

    def taken_apart(self, death: Death) -> list[Batch]:
        """Its pieces as batches of their own, after a death that any of them may have caused."""
        alone = _Alone(death, len(self.pieces))
        return [Batch([piece], alone) for piece in self.pieces]

    def part(self, piece: Piece) -> Batch:
        """A part of one of its pieces, on its own."""
        return Batch([piece], self.alone)

    def settled(self, whole: Piece, work: Work) -> ChunkRecord:
        """The record of a chunk that is complete. A crash that no chunk of a batch shows alone is its last one's."""
        record = whole.record
        if record is None:
            raise AssertionError(f"{whole.chunk.name}: wanted a settled chunk, got one without a record")
        alone = self.alone
        if alone is None:
            return record
        alone.left -= 1
        alone.shown = alone.shown or whole.death is not None
        if alone.left or alone.shown or alone.death.verdict != "crash":
            return record
        death = alone.death
        words = f"{death.observed}, only with the chunks run before it"
        return condemn(whole.chunk, Death("crash", f"{death.cause}, only in a batch", words), work)
