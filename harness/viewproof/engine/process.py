"""The process of a child: forked, with a guard for its parent, or started from nothing; and how it is ended.

It leads a process group of its own. What it forked ends with it, also what has left that group.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NoReturn

from viewproof.engine.interrupts import interrupts_held
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.prints import flush_prints
from viewproof.engine.serving import Begin, leave_no_core, serve

#: Linux's `prctl` option: processes whose parent has ended become children of this one, and not of the system's first.
_PR_SET_CHILD_SUBREAPER = 36
#: Seconds that a guard has to end as its worker did.
_FOR_ITS_GUARD = 20.0


class Forked:
    """A process that this one has forked: a guard, which has forked the one that does the work, and ends as that does.

    What the worker does to its parent, it does to its guard.
    """

    def __init__(self, pid: int) -> None:
        self.pid, self.worker = pid, 0
        self.sentinel = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else _no_sentinel()
        self._code: int | None = None

    def _poll(self, options: int) -> int | None:
        if self._code is None:
            with suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, options)
                self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    @property
    def over(self) -> bool:
        return self._code is not None

    def kill(self) -> None:
        _kill_group(self.worker)
        _kill(self.pid)

    def end(self, waiting: float) -> int | None:
        """Its exit status. It has `waiting` seconds to come to its end by itself; what is left then is killed.

        Where the worker has ended already, its guard has more time: the status must not be lost on a busy machine.
        """
        if self._code is not None:
            return self._code
        until = time.monotonic() + waiting
        last = until + (_FOR_ITS_GUARD if waiting else 0.0)
        while self._poll(os.WNOHANG) is None:
            now = time.monotonic()
            if now > last or (now > until and running(self.worker)):
                break
            time.sleep(0.002)
        self.kill()
        code = self._poll(0)
        os.close(self.sentinel)
        # It is no child of this process: what it forked is adopted when it has come to its end.
        until = time.monotonic() + _FOR_ITS_GUARD
        while running(self.worker) and time.monotonic() < until:
            time.sleep(0.001)
        _end_orphans()
        return code

    def memory(self) -> int:
        return memory_of(self.worker)


def _no_sentinel() -> int:
    """A descriptor that is never ready: where processes have none, their pipes tell of their end."""
    return os.pipe()[0]


class Started:
    """A process that starts from nothing."""

    def __init__(self, notes: Path | None, pipe: Any, saying: Any, begin: Begin) -> None:
        self._process = get_context("spawn").Process(target=_started, args=(notes, pipe, saying, begin, os.getpid()))
        with interrupts_held():
            self._process.start()
        self.pid: int = self._process.pid or 0
        self.worker = self.pid
        self.sentinel = self._process.sentinel

    @property
    def over(self) -> bool:
        return self._process.exitcode is not None

    def kill(self) -> None:
        _kill_group(self.pid)

    def end(self, waiting: float) -> int | None:
        if waiting:
            self._process.join(waiting)
        _kill_group(self.pid)
        self._process.kill()
        self._process.join()
        _end_orphans()
        return self._process.exitcode

    def memory(self) -> int:
        return memory_of(self.pid)


def fork(notes: Path | None, pipe: Any, saying: Any, closing: Callable[[], None]) -> Forked:
    parent = os.getpid()
    # What is held back is said once, by the process that said it.
    flush_prints()
    pid = os.fork()
    if pid:
        return Forked(pid)
    try:
        closing()
        with suppress(OSError):
            os.setsid()
        end_with_parent()
        guard = os.getpid()
        worker = os.fork()
        if not worker:
            serve(notes, pipe, saying, guard)
        pipe.close()
        if saying is not None:
            saying.close()
        if os.getppid() == parent:
            _end_as(worker)
    finally:
        os._exit(70)


def _end_as(worker: int) -> NoReturn:
    """End this process as the worker ends."""
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    if code >= 0:
        os._exit(code)
    faulthandler.disable()
    leave_no_core()
    with suppress(OSError, ValueError):
        signal.signal(-code, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
    os.kill(os.getpid(), -code)
    os._exit(70)


def _started(notes: Path | None, pipe: Any, saying: Any, begin: Begin, parent: int) -> NoReturn:
    serve(notes, pipe, saying, parent, begin)


def _kill_group(leader: int) -> None:
    """Kill a process and the group that it leads. One that has not yet made it is killed alone; 0 is none."""
    if leader and hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
        _kill(leader)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def adopt_orphans() -> None:
    """On Linux: let what a child forks into a group of its own become this process's, when the child has ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _adopting.append(True)


_adopting: list[bool] = []


def _end_orphans() -> None:
    """Kill the processes that have become this one's since it adopts orphans; those that it started are left alone."""
    for pid in _children() - _own if _adopting else ():
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


#: The processes that this one started, children's orphans not among them.
_own: set[int] = set()


def own_children() -> None:
    """Take the children that this process has now for ones that it started."""
    _own.update(_children())


def _children() -> set[int]:
    with suppress(OSError, ValueError):
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        return set(map(int, listed.split()))
    return set()


def running(pid: int) -> bool:
    """Whether there is a process of this number that has not ended; False where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2][1] not in "ZX"
    except (OSError, IndexError):
        return False


def memory_of(pid: int) -> int:
    """The bytes of memory that a process holds; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
