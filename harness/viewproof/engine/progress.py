"""Progress: how much is done, how much is left, and about how long that takes.

A bar on a terminal; elsewhere, in a log file or on the page of a CI, a plain line every few seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord

#: Seconds between two plain lines.
INTERVAL = 5.0
#: Seconds of work by which the pace is told.
PACE = 2.0


def alike(_: Chunk) -> float:
    """One second: what every chunk is taken to cost where nothing better is known."""
    return 1.0


class RunProgress:
    """Counts finished chunks, cases and failures of a plan, and shows them on `stream` (standard error).

    `cost_of` says what a chunk is expected to cost, in seconds of one worker: shares are shares of that. How long the
    rest takes follows from how quickly this run came on, so that only the proportions of costs matter; what was `done`
    before it began says nothing of that.
    """

    def __init__(
        self,
        plan: Sequence[Chunk],
        done: Iterable[ChunkRecord] = (),
        cost_of: Callable[[Chunk], float] = alike,
        stream: TextIO | None = None,
    ) -> None:
        self._costs = {chunk.name: cost_of(chunk) for chunk in plan}
        self.total, self._cost = len(plan), sum(self._costs.values())
        self.done = self.cases = self.failures = 0
        self._spent = 0.0
        for record in done:
            self._count(record)
        # When the first chunk was finished, and what had been spent then: the start of workers is no part of the pace.
        self._first: tuple[float, float] | None = None
        self.stream = sys.stderr if stream is None else stream
        self.began = self._said = time.monotonic()
        self._spoke = False
        console = Console(file=self.stream)
        # Rich takes a CI that asks for colours for a terminal; its page would show every state of the bar.
        self.bar = _bar(console) if self.stream.isatty() and not console.is_dumb_terminal else None
        self.task = None if self.bar is None else self.bar.add_task("", total=self._cost or 1, said="", left="")

    def add(self, record: ChunkRecord) -> None:
        """A chunk is finished."""
        self._count(record)
        if self._first is None:
            self._first = time.monotonic(), self._spent
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=self._spent, said=self.counts(), left=self.left_in_words())
        elif time.monotonic() - self._said >= INTERVAL:
            self._say()

    def _count(self, record: ChunkRecord) -> None:
        self.done += 1
        self.cases += record.cases
        self.failures += sum(failure.verdict != "waived" for failure in record.failures)
        self._spent += self._costs[record.chunk]

    def counts(self) -> str:
        """`34/120 chunks, 5210 cases, 0 failures`."""
        return f"{self.done}/{self.total} chunks, {self.cases} cases, {self.failures} failures"

    def line(self) -> str:
        """The plain line."""
        share = self._spent / self._cost if self._cost else 1.0
        left = self.left_in_words()
        elapsed = in_words(time.monotonic() - self.began)
        return f"{self.counts()}, {int(100 * share)} %, {elapsed}{left and ', '}{left}"

    def seconds_left(self) -> float | None:
        """About how many seconds the rest takes; None where too little was finished yet by which to tell."""
        if self._first is None:
            return None
        since, spent = time.monotonic() - self._first[0], self._spent - self._first[1]
        return max(0.0, self._cost - self._spent) * since / spent if spent > 0 and since >= PACE else None

    def left_in_words(self) -> str:
        """`about 3 min left`; empty where that is not known, and where nothing is left."""
        seconds = self.seconds_left()
        return "" if seconds is None or self.done >= self.total else f"about {in_words(seconds)} left"

    def _say(self) -> None:
        self._said, self._spoke = time.monotonic(), True
        try:
            print(self.line(), file=self.stream, flush=True)
        except OSError:
            # Nobody reads it any more; that is no reason to end the run.
            self._said = float("inf")

    def __enter__(self) -> RunProgress:
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=self._spent, said=self.counts())
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
        elif self._spoke and error is None:
            self._say()


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=console,
    )


def in_words(seconds: float) -> str:
    """A duration, coarser as it grows: `12 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
