"""Progress: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from viewproof.records.model import ChunkRecord

#: Seconds between two plain lines.
INTERVAL = 5.0


class RunProgress:
    """Counts finished chunks, cases and failures, and shows them on `stream` (standard error)."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total = total
        self.done = self.cases = self.failures = 0
        self.stream = sys.stderr if stream is None else stream
        self.began = self.said = time.monotonic()
        console = Console(file=self.stream)
        self.bar = (
            Progress(
                TextColumn("checking"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("chunks, {task.fields[said]}"),
                TimeElapsedColumn(),
                console=console,
            )
            if console.is_terminal
            else None
        )
        self.task = None if self.bar is None else self.bar.add_task("checking", total=total, said="")

    def add(self, record: ChunkRecord) -> None:
        self.done += 1
        self.cases += record.cases
        self.failures += sum(failure.verdict != "waived" for failure in record.failures)
        said = f"{self.cases} cases, {self.failures} failures"
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=self.done, said=said)
        elif time.monotonic() - self.said >= INTERVAL:
            self.said = time.monotonic()
            elapsed = self.said - self.began
            print(f"{self.done}/{self.total} chunks, {said}, {elapsed:.0f} s", file=self.stream, flush=True)

    def __enter__(self) -> RunProgress:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
