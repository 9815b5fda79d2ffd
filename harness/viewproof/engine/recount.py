"""What an earlier run left, and its comparison with what its chunks owe, which goes on beside the new work.

Before anything runs, only what is cheap is asked: that the journal's chain holds, that its chunks are of the plan, that
torch, the plan and the known issues are the same. To count again what each finished chunk owes takes time that grows
with what is done, and a run that is killed every few seconds would never come further: so that is done beside the new
work, and what was compared is noted (`records/compared.py`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from viewproof.engine.asking import Asker
from viewproof.engine.counting import Counting
from viewproof.engine.environment import fingerprint
from viewproof.engine.planning import Planned
from viewproof.engine.pool import LIMITS
from viewproof.engine.settlement import not_owed
from viewproof.engine.split import Work
from viewproof.records.chunk import Chunk
from viewproof.records.compared import Compared, lines_compared, write_compared
from viewproof.records.directory import conclusion_of, read_unfinished
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import JOURNAL, RUN
from viewproof.records.refused import not_understood, refused
from viewproof.records.run_json import RunFile
from viewproof.records.summary import Summary

#: How many lines are counted again at once: a question to the process apart, beside which new work waits.
_AT_ONCE = 24
#: Seconds between two notes of what was compared.
_NOTE_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Begun:
    """What an earlier run left in its journal: a record and a link a line, and how many lines are known to be compared.

    `summary` is what it came to, where it had come to its end and perhaps not to its reports.
    """

    records: tuple[ChunkRecord, ...] = ()
    links: tuple[str, ...] = ()
    compared: int = 0
    summary: Summary | None = None


def begun_in(out: Path, earlier: RunFile, planned: Planned) -> Begun:
    """What the run in `out` can go on from. Nothing is counted again here.

    Raises UsageError where it is of another plan, torch or set of known issues, and as `read_unfinished` does; with the
    line, where a record is of no chunk of the plan.
    """
    facts = earlier.facts
    wanted = {"torch": str(fingerprint()["torch"]), "plan": planned.hash, "known_issues": planned.known_issues}
    for name, here in wanted.items():
        there = getattr(facts, name)
        # A run directory of a version that did not say it names no known issues.
        if there != here and not (name == "known_issues" and there is None):
            raise not_understood(out / RUN, f"{name} {_short(here)}, as it is here", there and _short(there))
    kept = read_unfinished(out, earlier)
    chunks = {chunk.name for chunk in planned.chunks}
    for line, record in enumerate(kept.records, start=1):
        if record.chunk not in chunks:
            raise refused(out / JOURNAL, "a chunk of the plan", record.chunk, line)
    summary = conclusion_of(out, earlier, kept)
    compared = len(kept.records) if summary is not None else lines_compared(out, kept.links)
    return Begun(tuple(kept.records), kept.links, compared, summary)


def _short(said: str) -> str:
    """A version whole, and of a digest enough to tell two apart."""
    return said[:26] if said.startswith("sha256:") else said


@dataclass(slots=True)
class Recount:
    """Compares the lines of an earlier run, in their order, with what their chunks owe, as the counts come in.

    It notes how far it came; once all are compared, new lines are noted too, each of which was compared before it was
    written.
    """

    out: Path
    begun: Begun
    _waiting: deque[tuple[int, Chunk]] = field(default_factory=deque)
    _lines: int = 0
    _noted: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, out: Path, begun: Begun, plan: Sequence[Chunk]) -> Recount:
        """The comparison of all that is not known to be compared."""
        chunks = {chunk.name: chunk for chunk in plan}
        places = range(begun.compared, len(begun.records))
        waiting = deque((place, chunks[begun.records[place].chunk]) for place in places)
        return cls(out, begun, waiting, begun.compared)

    def beside(self, batches: Sequence[Sequence[Chunk]]) -> list[Sequence[Chunk]]:
        """The batches, and between them what is to be counted again."""
        chunks = [chunk for _, chunk in self._waiting]
        again = deque(chunks[first : first + _AT_ONCE] for first in range(0, len(chunks), _AT_ONCE))
        mixed: list[Sequence[Chunk]] = []
        for batch in batches:
            mixed.append(batch)
            if again:
                mixed.append(again.popleft())
        return [*mixed, *again]

    def compare(self, counting: Counting, *, wait: bool = False) -> None:
        """Compare those lines whose counts are there; with `wait` all of them.

        Raises NotTrusted, with the line, where a record says otherwise than its chunk owes.
        """
        while self._waiting:
            place, chunk = self._waiting[0]
            owed = counting.of(chunk) if wait else counting.found(chunk)
            if owed is None:
                break
            wrong = not_owed(owed, self.begun.records[place], chunk)
            if wrong is not None:
                raise refused(self.out / JOURNAL, *wrong, place + 1)
            self._waiting.popleft()
            self._lines = place + 1
            if wait:
                self.note()

    def note(self, lines: int = 0, link: str = "", *, now: bool = False) -> None:
        """Note how far the journal, which now has so many lines and this link, was compared: every two seconds."""
        if not now and time.monotonic() - self._noted < _NOTE_EVERY:
            return
        if self._waiting or not lines:
            lines, link = self._lines, self.begun.links[self._lines - 1] if self._lines else ""
        if lines:
            write_compared(self.out, Compared(lines, link))
        self._noted = time.monotonic()


def compare_all(recount: Recount, work: Work, asker: Asker) -> None:
    """Compare all lines of a run of which nothing else is left to do. Raises NotTrusted, with the line."""
    batches = recount.beside(())
    if batches:
        counting = Counting(asker.apart, work.owed, batches, limit=LIMITS[batches[0][0].profile])
        recount.compare(counting, wait=True)
        recount.note(now=True)
