"""A block, `with viewproof.crossref() as findings:`: checks its calls under the mode, then runs their cases again."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

from viewproof.live.again import run_again
from viewproof.live.findings import Findings
from viewproof.live.judging import records_of
from viewproof.live.mode import LiveMode
from viewproof.live.places import LineFilter
from viewproof.live.watched import watched_of

#: Seconds between two lines of progress.
INTERVAL = 5.0


class LiveBlock:
    """A context that checks the view calls made in it on the thread that enters it. It can be entered once."""

    def __init__(  # noqa: PLR0917  -- the options, each by its name
        self,
        operators: Sequence[str] = (),
        lines: Sequence[str] = (),
        limit: int = 100,
        pending: int = 10_000,
        data_bytes: int = 1 << 14,
        again: bool = True,
        progress: TextIO | None = None,
    ) -> None:
        if min(limit, pending) < 1:
            raise ValueError(f"limit and pending: wanted 1 or more, got {limit} and {pending}")
        self.findings = Findings(limit)
        self.pending = pending
        self.data_bytes = data_bytes
        self.again = again
        self.progress = progress
        table, places = watched_of(tuple(operators)), LineFilter(tuple(lines))
        self._mode = LiveMode(table, places, self.findings, self._turn, self._tick)
        self._waiting = 0
        self._done = 0
        self._began = self._said = 0.0
        self._graphs = 0
        self._process = 0

    def __enter__(self) -> Findings:
        """Enter the mode. Raises RuntimeError where this context was entered before."""
        if self._began:
            raise RuntimeError("crossref: wanted a new context, got one that was entered before")
        import torch._dynamo  # noqa: F401  a dispatch mode needs it with its first call: not on the program's time

        self._began = self._said = time.monotonic()
        self._graphs = _compiled_graphs()
        self._process = os.getpid()
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        return self.findings

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the mode, run the cases again, close the counts; an exception of the program is passed on.

        A process that the program has forked leaves the mode alone: what it finds could not be told.
        """
        self._mode.__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        if os.getpid() != self._process:
            return
        self._flush()
        self._close()

    def _turn(self) -> None:
        """Called when a case was seen for the first time."""
        self._waiting += 1
        if self._waiting >= self.pending:
            self._flush()

    def _tick(self) -> None:
        """Called now and then: prints a line of progress if it is time."""
        if self.progress is not None and time.monotonic() - self._said >= INTERVAL:
            self._said = time.monotonic()
            print(self.status_line(), file=self.progress, flush=True)

    @property
    def watched(self) -> int:
        """How many calls of the catalog the block has seen so far."""
        return self._mode.watched

    @property
    def kinds(self) -> int:
        """How many kinds of call the block has seen so far."""
        return len(self._mode.seen)

    def status_line(self) -> str:
        """The progress of the block, in one line."""
        mode = self._mode
        return (
            f"crossref: {mode.calls} calls, {self.watched} of the catalog, {self.kinds} kinds, "
            f"{len(self.findings)} findings, {time.monotonic() - self._began:.0f} s"
        )

    def _flush(self) -> None:
        self._waiting = 0
        fresh = self._mode.seen[self._done :]
        self._done += len(fresh)
        if self.again:
            run_again(fresh, self.findings, self.data_bytes)

    def _close(self) -> None:
        mode, found = self._mode, self.findings
        found.counts.update({
            "calls": mode.calls,
            "watched": mode.watched,
            "on tensor subclasses": mode.subclassed,
            "on other lines": mode.elsewhere,
            "kinds of call": len(mode.seen),
            "graphs compiled": _compiled_graphs() - self._graphs,
        })  # fmt: skip
        for seen in mode.seen:
            if seen.known.reason:
                found.unspelled[seen.known.reason] += seen.calls
                found.counts["without a case"] += seen.calls
                continue
            found.unspelled.update(seen.aside)
            found.counts["without a case"] += seen.aside.total()
            checked = seen.calls - seen.aside.total()
            found.counts["checked"] += checked
            found.operators[seen.known.watched.name] += checked
            found.cases.add(seen.known.name)
            found.records += records_of(seen)
        found.seconds = time.monotonic() - self._began
        if self.progress is not None:
            print(self.status_line(), file=self.progress, flush=True)


def _compiled_graphs() -> int:
    counters = getattr(sys.modules.get("torch._dynamo.utils"), "counters", None)
    return 0 if counters is None else int(counters["stats"]["unique_graphs"])


def crossref(  # noqa: PLR0917  -- the options, each by its name
    operators: Sequence[str] = (),
    lines: Sequence[str] = (),
    limit: int = 100,
    pending: int = 10_000,
    data_bytes: int = 1 << 14,
    again: bool = True,
    progress: TextIO | None = None,
) -> LiveBlock:
    """Check every view call of a block of a program: `with viewproof.crossref() as findings:`.

    `operators` (`aten.slice`) and `lines` (`model.py:10-40`) say which calls are looked at, all by default. At most
    `limit` findings are written down. Each case is run again by name on meta, fake and functionalized tensors (and
    eager) once the block ends, or once `pending` wait, unless `again` is False; those of more than `data_bytes` bytes
    only where no data is needed. `progress` takes a line every few seconds. Findings are whole once the block ended.
    Raises UsageError for a pattern that selects nothing.
    """
    return LiveBlock(operators, lines, limit, pending, data_bytes, again, progress)
