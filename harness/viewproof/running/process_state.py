"""What a call may leave in its process beside torch's settings: generators, filters, handlers, threads, children.

Each is compared once after many calls, so that to look must cost next to nothing: some twenty microseconds for all.
"""

from __future__ import annotations

import importlib
import os
import signal
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from viewproof.running.generators import GeneratorsKept

#: Python's own functions under the enums of `signal`, which take ten times as long.
_signal: Any = importlib.import_module("_signal")
_SIGNALS = range(1, _signal.NSIG)
_handler_of: Callable[[int], Any] = _signal.getsignal
_FOLDER = Path("/proc/self/task")
_COUNTS_TASKS = _FOLDER.is_dir()

#: What cannot be put back. A process in which one of them was left is not to be used for more.
LASTING = frozenset({"threads", "child processes"})
#: What an import may change, also one that torch does late: no fault where it does not happen again.
OF_IMPORTS = LASTING | {"warnings filters"}


def _tasks() -> int:
    """How many threads the process has, Python's and others."""
    return _FOLDER.stat().st_nlink if _COUNTS_TASKS else threading.active_count()


def _children() -> frozenset[str]:
    """The processes that this one has started and nobody has waited for; none is waited for here."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return frozenset()
    except AttributeError:  # a system that has no such call
        return frozenset()
    try:
        listed = [file.read_text().split() for file in _FOLDER.glob("*/children")]
    except OSError:
        return frozenset({"some"})
    return frozenset([child for children in listed for child in children]) or frozenset({"some"})


class ProcessStateKept:
    """The process's state as it was when this was made. `left` says what is not, and puts it back where it can be."""

    __slots__ = (
        "_children", "_filters", "_generators", "_handlers", "_mask", "_pid", "_shown", "_tasks", "_threads", "_timed",
    )  # fmt: skip

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._generators = GeneratorsKept()
        self._filters = warnings.filters, tuple(warnings.filters)
        self._shown = warnings.showwarning
        self._handlers = [*map(_handler_of, _SIGNALS)]
        self._mask = _signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._timed = _signal.getitimer(_signal.ITIMER_REAL)[0] > 0
        self._threads = frozenset(threading._active)  # type: ignore[attr-defined]
        self._tasks = _tasks()
        self._children = _children()

    def left(self) -> list[str]:
        """The names of what was changed since. All is put back but for `LASTING`.

        A process that a call has forked and let return ends here: it is nobody's.
        """
        if os.getpid() != self._pid:
            os._exit(0)
        found = self._generators.moved()
        filters, content = self._filters
        if warnings.filters is not filters or tuple(filters) != content or warnings.showwarning is not self._shown:
            self._put_filters_back()
            found.append("warnings filters")
        if [*map(_handler_of, _SIGNALS)] != self._handlers or self._masked_or_timed():
            self._put_signals_back()
            found.append("signal handlers")
        if _tasks() > self._tasks or not self._threads.issuperset(threading._active):  # type: ignore[attr-defined]
            found.append("threads")
        if not _children() <= self._children:
            found.append("child processes")
        return found

    def _put_filters_back(self) -> None:
        filters, content = self._filters
        filters[:] = content  # type: ignore[index]
        warnings.filters = filters
        warnings.showwarning = self._shown
        # Warnings that were given once under other filters are remembered under their version.
        if (tell := getattr(warnings, "_filters_mutated", None)) is not None:
            tell()

    def _masked_or_timed(self) -> bool:
        timed = _signal.getitimer(_signal.ITIMER_REAL)[0] > 0
        return timed is not self._timed or _signal.pthread_sigmask(signal.SIG_BLOCK, ()) != self._mask

    def _put_signals_back(self) -> None:
        if not self._timed:
            _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in zip(_SIGNALS, self._handlers, strict=True):
            # One that is not Python's is None, and can only have been taken away. In another than the main thread
            # none can have been changed.
            if handler is not None and _handler_of(number) is not handler:
                _signal.signal(number, handler)
