"""Counts what the chunks of a run owe, in a process apart, while its workers check them."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Sequence

from viewproof.engine.apart import Apart, Gone
from viewproof.engine.fault import fault_of
from viewproof.engine.owed import Owed
from viewproof.records.chunk import Chunk

#: How many batches the process may be ahead of the records: their answers wait in its pipe.
AHEAD = 4

_held: list[list[Chunk]] = []


def hold(batches: list[list[Chunk]]) -> None:
    """In the process apart: keep the batches of the run, which are then asked for by their places."""
    _held[:] = batches
    # A batch makes few cycles, and a collection walks all that torch has loaded.
    gc.disable()


def count_batch(count: Callable[[Chunk], Owed], place: int, first: int, stop: int) -> list[Owed]:
    """In the process apart: what the chunks of a batch from `first` up to `stop` owe, in order."""
    found = [_count(count, chunk) for chunk in _held[place][first:stop]]
    gc.collect(0)
    return found


def _count(count: Callable[[Chunk], Owed], chunk: Chunk) -> Owed:
    try:
        return count(chunk)
    except BaseException as error:  # noqa: BLE001 -- our own generator failed, or a stranger's: the record says so
        return Owed(chunk.name, fault=str(fault_of(error)))


class Counting:
    """What each chunk of the batches owes, counted by `count` in the process `apart`, in the order of the batches."""

    def __init__(
        self, apart: Apart, count: Callable[[Chunk], Owed], batches: Sequence[Sequence[Chunk]], *, limit: float
    ) -> None:
        self._apart, self._count, self._limit = apart, count, limit
        self._batches = [list(batch) for batch in batches]
        self._waiting = deque((place, 0, len(batch)) for place, batch in enumerate(self._batches))
        self._asked: deque[tuple[int, tuple[int, int, int]]] = deque()
        self._found: dict[str, Owed] = {}
        self._begun = False

    def of(self, chunk: Chunk) -> Owed:
        """What the chunk owes; waits until it is counted. A chunk that is in no batch has the fault that it is not."""
        while chunk.name not in self._found:
            if not (self._waiting or self._asked):
                return Owed(chunk.name, fault="wanted a chunk of the plan, counted once; got one that is not")
            self._next()
        return self._found.pop(chunk.name)

    def found(self, chunk: Chunk) -> Owed | None:
        """What the chunk owes where that was heard already; None where it was not. Does not wait."""
        return self._found.pop(chunk.name, None)

    def _next(self) -> None:
        """Hear of the batch that is next, and ask for more."""
        try:
            if not self._begun:
                self._apart.prepare(hold, self._batches)
                self._begun = True
            while self._waiting and len(self._asked) < AHEAD:
                number = self._apart.put(count_batch, self._count, *self._waiting[0])
                self._asked.append((number, self._waiting.popleft()))
            number, part = self._asked[0]
            answers = self._apart.answer(number, list[Owed], self._limit)
        except Gone as gone:
            self._again(gone)
            return
        self._asked.popleft()
        place, first, stop = part
        for chunk, owed in zip(self._batches[place][first:stop], answers, strict=True):
            self._found[chunk.name] = owed

    def _again(self, gone: Gone) -> None:
        """Ask again what the process died of: chunk by chunk, or not at all where it was one chunk."""
        lost = [part for _, part in self._asked]
        self._asked.clear()
        guilty, rest = (lost or [self._waiting.popleft()])[0], lost[1:]
        place, first, stop = guilty
        self._waiting.extendleft(reversed(rest))
        if stop - first > 1:
            self._waiting.extendleft((place, one, one + 1) for one in reversed(range(first, stop)))
            return
        name = self._batches[place][first].name
        self._found[name] = Owed(name, fault=f"the process that counts {gone}")
