"""Signals that end a run: they are raised where they may be, so that what is done is kept and nothing is left running.

The first ends the work: it is raised in the driver, which stops its workers and writes reports that say they are
partial. One more, while the reports are written, ends that too. In between, while the workers are stopped, none is
raised: it could leave one of them behind. Nor is any in the middle of what must be whole, as a line of the journal.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Literal, cast

#: The signals that a terminal, a scheduler and a closed session send. One that is ignored as a run begins stays so.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
#: How many are raised in one run: the first, and one that ends the reports.
_RAISED = 2


Name = Literal["SIGINT", "SIGTERM", "SIGHUP"]


class Stopped(KeyboardInterrupt):
    """A run was ended by the signal `by`. `out` is its directory, None where it has none that can be gone on with."""

    def __init__(self, by: Name, out: Path | None = None) -> None:
        super().__init__(by)
        self.by, self.out = by, out


class StopSignals:
    """A context in which these signals are heard, on the main thread; elsewhere it does nothing.

    `heard` is the name of the first that came, empty before.
    """

    def __init__(self) -> None:
        self.heard: Name | Literal[""] = ""
        self._process = os.getpid()
        self._due: Name | Literal[""] = ""
        self._holding = 0
        self._raised = 0
        self._ending = False
        self._outer: StopSignals | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._unraisable: Any = None

    def __enter__(self) -> StopSignals:
        global _in_force
        if threading.current_thread() is not threading.main_thread():
            return self
        self._outer, _in_force = _in_force, self
        for number in [getattr(signal, name) for name in NAMES if hasattr(signal, name)]:
            before = signal.getsignal(number)
            if before not in {signal.SIG_IGN, None}:
                self._before[number] = before
                signal.signal(number, self._hear)
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._say_unraisable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _in_force
        if threading.current_thread() is not threading.main_thread():
            return
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()
        sys.unraisablehook = self._unraisable
        _in_force = self._outer

    def _say_unraisable(self, dropped: Any) -> None:
        """Say nothing of what is raised here in a callback of the interpreter's and dropped there: `heed` raises it."""
        if not isinstance(dropped.exc_value, Stopped):
            self._unraisable(dropped)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        if os.getpid() != self._process:
            # A process that was forked from this one ends as it would have without us.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self._due = cast("Name", signal.Signals(number).name)
        self.heard = self.heard or self._due
        self._raise_due()

    def _raise_due(self) -> None:
        if self._due and not self._holding and not self._ending and self._raised < _RAISED:
            by, self._due = self._due, ""
            self._raised += 1
            # Until the driver says that it goes on: nothing may end it in the middle of stopping its workers.
            self._ending = True
            raise Stopped(by)

    def heed(self) -> None:
        """Raise Stopped where a signal has come. The driver asks between two records.

        What a handler raises in a callback of the interpreter's is dropped there.
        """
        if self._ending and self.heard:
            raise Stopped(self.heard)
        self._raise_due()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within: a signal is heard, and raised only where this is left."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
        self._raise_due()

    def go_on(self) -> None:
        """The workers are stopped, after a signal or without: from now on the next one is raised again."""
        self._ending = False
        self._raise_due()


_in_force: StopSignals | None = None


@contextmanager
def stops_held() -> Iterator[None]:
    """Within: a signal that ends the run is raised only where this is left. For what knows nothing of the run."""
    if _in_force is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    with _in_force.held():
        yield
