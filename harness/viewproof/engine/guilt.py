"""Finds of what a chunk died, by running parts of it, and gives every other case its own verdict.

What a worker had noted when it died says where to look first. A case is guilty where it dies by itself, in a worker
that has run nothing else. One that does not is run again after all that ran before it: where that dies too, the last of
its predecessors that is needed for it is searched and named. What does not come again was somebody else's doing, or is
a case that dies at times: then its verdict is `flaky`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import msgspec

from viewproof.engine.child import Abandoned
from viewproof.engine.death import Death
from viewproof.engine.fault import fault_of
from viewproof.engine.split import UNCOUNTED, Work, condemn, merge
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord


class Bench(Protocol):
    """Where parts of chunks are run: in a worker that is replaced where it dies."""

    def run(self, chunk: Chunk, *, fresh: bool = False) -> ChunkRecord | Death:
        """The record of the chunk, or how the worker died of it. A `fresh` one has run nothing else before."""
        ...

    def run_together(self, chunks: Sequence[Chunk]) -> Death | None:
        """How a fresh worker died of the chunks, run one after the other; None where it did not."""
        ...


class Guilt:
    """The search: `work` says what a chunk holds, and asks nobody who may be guilty."""

    def __init__(self, bench: Bench, work: Work) -> None:
        self._bench, self._work = bench, work

    def record(self, chunk: Chunk, death: Death, before: Sequence[Chunk] = ()) -> ChunkRecord:
        """The record of a chunk of which a worker died, after it had run the chunks `before`."""
        return self._counted(chunk, lambda: self._searched(chunk, death, before))

    def _counted(self, chunk: Chunk, search: Callable[[], ChunkRecord]) -> ChunkRecord:
        try:
            return search()
        except (Abandoned, EOFError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 -- our own generator failed, or a stranger's; the record says so
            return condemn(chunk, Death("harness_error", UNCOUNTED, str(fault_of(error))), self._work)

    def _searched(self, chunk: Chunk, death: Death, before: Sequence[Chunk]) -> ChunkRecord:
        if (alone := self._alone(chunk, death)) is not None:
            return self._with_guilty(chunk, alone)
        outcome = self._run(chunk, fresh=True)
        if isinstance(outcome, Death):
            return self.cut(chunk, outcome)
        if death.by_another:
            return outcome
        return self._with_guilty(chunk, self._after_chunks(chunk, death, before))

    def _alone(self, chunk: Chunk, death: Death) -> Death | None:
        """How the execution at which a worker died of the chunk dies by itself; None where it does not.

        What is noted of it is where it was in the chunk, not where it is by itself.
        """
        target = self._target(chunk, death)
        place = None if target is None else self._place(chunk, death)
        if target is None or place is None:
            return None
        outcome = self._run(cases(self._on(chunk, (target,)), place, place + 1), fresh=True)
        return replace(outcome, where=death.where) if isinstance(outcome, Death) else None

    def _after_chunks(self, chunk: Chunk, death: Death, before: Sequence[Chunk]) -> Death:
        """The death of a chunk that does not die by itself, with what it takes."""
        if not before or self._bench.run_together([*before, chunk]) is None:
            return death.told("once", "flaky")
        first = last_place(0, len(before), lambda start: self._dies_together([*before[start:], chunk]))
        one = before[first]
        return death.told(f"only after {one.suite}/{one.operator}@{one.family}")

    def _dies_together(self, chunks: Sequence[Chunk]) -> bool:
        return self._bench.run_together(chunks) is not None

    def _with_guilty(self, chunk: Chunk, death: Death) -> ChunkRecord:
        """The chunk's record in which the case at which it died has this death; all of them where it is not known."""
        target = self._target(chunk, death)
        place = None if target is None else self._place(chunk, death)
        if target is None or place is None:
            return condemn(chunk, death, self._work)
        others = tuple([one for one in chunk.targets if one != target])
        parts = {target: self._without(self._on(chunk, (target,)), place, death)}
        for other in others:
            found = self._run(self._on(chunk, (other,)))
            parts[other] = self.cut(self._on(chunk, (other,)), found) if isinstance(found, Death) else found
        return merge(chunk, [parts[one] for one in chunk.targets], by_target=True)

    def _without(self, chunk: Chunk, place: int, death: Death) -> ChunkRecord:
        """The record on one target: this death at `place`, and the others' own verdicts."""
        low, high = self._bounds(chunk)
        found = [condemn(cases(chunk, place, place + 1), death, self._work)]
        found += self._cases_of(chunk, low, place) if low < place else []
        found += self._cases_of(chunk, place + 1, high) if place + 1 < high else []
        return merge(chunk, found, by_target=False)

    def cut(self, chunk: Chunk, death: Death) -> ChunkRecord:
        """The record of a chunk that has died in a worker of its own, by its parts."""
        if len(chunk.targets) > 1:
            return self._by_target(chunk, death)
        low, high = self._bounds(chunk)
        return merge(chunk, self._cases_of(chunk, low, high, death), by_target=False)

    def around(self, chunk: Chunk, deaths: Sequence[tuple[int, int, Death]]) -> ChunkRecord:
        """The record of a chunk of which these executions are known to end more than their worker.

        Each is named by its numbers, of the target in the chunk and of the execution there. They are not run.
        """
        return self._counted(chunk, lambda: self._around(chunk, deaths))

    def _around(self, chunk: Chunk, deaths: Sequence[tuple[int, int, Death]]) -> ChunkRecord:
        parts = []
        for number, target in enumerate(chunk.targets):
            part = self._on(chunk, (target,))
            known = {self._work.case_of(chunk, number, one): death for on, one, death in deaths if on == number}
            at, high = self._bounds(part)
            found: list[ChunkRecord] = []
            for place in sorted(known):
                found += self._cases_of(part, at, place) if at < place else []
                found.append(condemn(cases(part, place, place + 1), known[place], self._work))
                at = place + 1
            found += self._cases_of(part, at, high) if at < high else []
            parts.append(merge(part, found, by_target=False))
        return merge(chunk, parts, by_target=True)

    def _run(self, chunk: Chunk, *, fresh: bool = False) -> ChunkRecord | Death:
        """`Bench.run`; what went wrong in the harness is a record too."""
        outcome = self._bench.run(chunk, fresh=fresh)
        if isinstance(outcome, Death) and outcome.verdict == "harness_error":
            return condemn(chunk, outcome, self._work)
        return outcome

    # Targets.

    def _by_target(self, chunk: Chunk, death: Death) -> ChunkRecord:
        target = self._target(chunk, death)
        number = None if target is None else chunk.targets.index(target)
        groups = (
            [(one,) for one in chunk.targets]
            if number is None
            else [chunk.targets[number : number + 1], chunk.targets[:number], chunk.targets[number + 1 :]]
        )
        records: dict[tuple[str, ...], ChunkRecord] = {}
        died = False
        for group in filter(None, groups):
            part = self._on(chunk, group)
            outcome = self._run(part, fresh=not records)
            died = died or isinstance(outcome, Death)
            records[group] = self.cut(part, outcome) if isinstance(outcome, Death) else outcome
        if not died and not death.by_another:
            again = self._run(chunk, fresh=True)
            how = ("once", "flaky") if isinstance(again, ChunkRecord) else ("only after other targets", None)
            return self._with_guilty(chunk, death.told(*how))
        ordered = sorted(records, key=lambda group: chunk.targets.index(group[0]))
        return merge(chunk, [records[group] for group in ordered], by_target=True)

    @staticmethod
    def _on(chunk: Chunk, targets: tuple[str, ...]) -> Chunk:
        return msgspec.structs.replace(chunk, targets=targets)

    @staticmethod
    def _target(chunk: Chunk, death: Death) -> str | None:
        """The target at which the worker died of the chunk, as it had noted."""
        number = -1 if death.where is None else death.where.target
        return chunk.targets[number] if 0 <= number < len(chunk.targets) else None

    # Cases, on one target.

    def _bounds(self, chunk: Chunk) -> tuple[int, int]:
        count = 1 if chunk.case is not None else self._work.count(chunk)
        return chunk.start, chunk.start + count

    def _place(self, chunk: Chunk, death: Death) -> int | None:
        """The place of the case at which the worker died of the chunk, if it noted one."""
        where = death.where
        if where is None or where.execution < 0 or not 0 <= where.target < len(chunk.targets):
            return None
        try:
            place = self._work.case_of(chunk, where.target, where.execution)
        except LookupError:
            return None
        low, high = self._bounds(chunk)
        return place if low <= place < high else None

    def _cases_of(self, chunk: Chunk, low: int, high: int, death: Death | None = None) -> list[ChunkRecord]:
        """The records of the cases from `low` up to `high`; `death` says how they have died together, if they have."""
        waiting: list[tuple[int, int, Death | None]] = [(low, high, death)]
        found: list[tuple[int, ChunkRecord]] = []
        while waiting:
            low, high, death = waiting.pop()
            part = cases(chunk, low, high)
            if death is None:
                outcome = self._run(part)
                if isinstance(outcome, ChunkRecord):
                    found.append((low, outcome))
                    continue
                death = outcome
            guilty = low if high - low == 1 else self._place(part, death)
            if guilty is None:
                guilty = self._first_to_die(chunk, low, high)
            if guilty is None:
                # All of them together do not die again, nor do they by parts.
                guilty = high - 1
            found.append((guilty, self._of_case(chunk, low, guilty, death)))
            waiting += [(*ends, None) for ends in ((guilty + 1, high), (low, guilty)) if ends[0] < ends[1]]
        found.sort(key=lambda one: one[0])
        return [record for _, record in found]

    def _first_to_die(self, chunk: Chunk, low: int, high: int) -> int | None:
        """The first case with which those from `low` on die; None where they do not die again up to `high`."""
        if not self._dies(chunk, low, high):
            return None
        return last_place(low, high, lambda stop: not self._dies(chunk, low, stop))

    def _of_case(self, chunk: Chunk, low: int, guilty: int, death: Death) -> ChunkRecord:
        """The record of the case at which those from `low` on have died."""
        one = cases(chunk, guilty, guilty + 1)
        alone = self._run(one, fresh=True)
        if isinstance(alone, Death):
            return condemn(one, alone, self._work)
        again = None if guilty == low else self._run(cases(chunk, low, guilty + 1), fresh=True)
        if isinstance(again, Death):
            if again.verdict == "timeout":
                return condemn(one, again.told("only after other cases"), self._work)
            needed = last_place(low, guilty, lambda start: self._dies(chunk, start, guilty + 1))
            name = self._work.first(cases(chunk, needed, needed + 1))
            return condemn(one, again.told(f"only after {name}"), self._work)
        return alone if death.by_another else condemn(one, death.told("once", "flaky"), self._work)

    def _dies(self, chunk: Chunk, low: int, high: int) -> bool:
        return isinstance(self._run(cases(chunk, low, high), fresh=True), Death)


def cases(chunk: Chunk, low: int, high: int) -> Chunk:
    """The part of a chunk that holds its generated cases from `low` up to `high`; a named case is one whole."""
    return chunk if chunk.case is not None else msgspec.structs.replace(chunk, start=low, stop=high)


def last_place(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The last place of which something holds, searched by halves: of `low` it holds, and of `high` it does not."""
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
