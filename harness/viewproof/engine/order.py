"""Names the case that must run before another one so that this one fails, where it does not fail by itself.

Its verdict is `flaky`: it failed, and did not fail when it was run again. Where a worker that has run nothing else
shows the failure after the cases before it, and not without them, the last of these that it takes is searched.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from viewproof.engine.guilt import Bench, cases, last_place
from viewproof.engine.split import Work
from viewproof.records.chunk import Chunk
from viewproof.records.model import WRONG, ChunkRecord, Failure

#: Of how many cases of a chunk the predecessors are searched: one fault shows in many cases alike.
SEARCHED = 3


class Order:
    """The search. `work` says what a chunk holds, and asks nobody who may be guilty."""

    def __init__(self, bench: Bench, work: Work) -> None:
        self._bench, self._work = bench, work

    def named(self, chunk: Chunk, record: ChunkRecord) -> ChunkRecord:
        """The record, in which flaky failures say after which case they come. Its verdicts stay."""
        found = {key: self._predecessor(chunk, *key) for key, _ in zip(_flaky(record), range(SEARCHED), strict=False)}
        record.failures = [_told(one, found.get((one.target, one.case))) for one in record.failures]
        return record

    def _predecessor(self, chunk: Chunk, target: str, case: str) -> str | None:
        """The case after which this one fails on the target; None where it fails alone, or not again."""
        if chunk.case is not None:
            return None
        part = msgspec.structs.replace(chunk, targets=(target,))
        place = self._work.place_of(part, case)
        if self._fails(part, place, place, case) or not self._fails(part, chunk.start, place, case):
            return None
        needed = last_place(chunk.start, place, lambda start: self._fails(part, start, place, case))
        return self._work.first(cases(part, needed, needed + 1))

    def _fails(self, part: Chunk, start: int, place: int, case: str) -> bool:
        outcome = self._bench.run(cases(part, start, place + 1), fresh=True)
        return isinstance(outcome, ChunkRecord) and any(
            one.case == case and one.verdict in WRONG for one in outcome.failures
        )


def _flaky(record: ChunkRecord) -> Iterator[tuple[str, str]]:
    """The target and the case of each execution that failed and did not fail again, once each."""
    yield from dict.fromkeys((one.target, one.case) for one in record.failures if one.verdict == "flaky")


def _told(failure: Failure, predecessor: str | None) -> Failure:
    if predecessor is None or failure.verdict != "flaky":
        return failure
    return msgspec.structs.replace(
        failure,
        observed=f"{failure.observed}, only after {predecessor}",
        difference=f"{failure.difference}, only after another case",
    )
