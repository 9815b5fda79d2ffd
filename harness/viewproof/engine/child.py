"""A child of this process, which does what this one may die of: where it does, another is forked and all goes on.

For a process that has imported a user's modules: one that starts from nothing takes seconds to be there, a fork
milliseconds. A child can do what its parent can only while that one has no thread of which we do not know and no device
in use. Elsewhere the parent does the tasks itself, and dies of them itself.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, NoReturn

from pebble import ProcessExpired

from viewproof.engine.apart import ended
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.prints import flush_prints

#: The threads that this process had when `note_threads` was called.
_known: frozenset[str] | None = None
_child: _Child | None = None


def note_threads() -> None:
    """Take the threads that are here now, before a user's module is imported, for ones that a fork does no harm to.

    They are of libraries that torch loads, which stop theirs before a fork and start them anew where they need them.
    Without this a process never forks, nor does it where threads cannot be told: anywhere but on Linux.
    """
    global _known
    import torch  # noqa: F401 -- it is loaded now, and its libraries' threads are here

    if sys.platform == "linux":
        _known = _threads()


def _threads() -> frozenset[str]:
    return frozenset([one.name for one in Path("/proc/self/task").iterdir()])


def may_fork(device: str) -> bool:
    """Whether a child of this process can do all that it can, on this device, and it will hear of the child's end."""
    return (
        device.partition(":")[0] in {"cpu", "meta"}
        and _known is not None
        and _known.issuperset(_threads())
        and signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
    )


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns in the child of this process, which is forked if there is none; raises what it raises.

    Raises ProcessExpired where the child dies of it.
    """
    global _child
    if _child is None or _child.ended() is not None:
        _child = _Child()
    return _child.ask(function, *arguments)


class _Child:
    """The process, from its parent's side."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        parent = os.getpid()
        # What is held back is said once, by the process that said it.
        flush_prints()
        self.pid = os.fork()
        if not self.pid:
            self.pipe.close()
            _live(theirs, parent)
        theirs.close()
        self._exitcode: int | None = None

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            self.pipe.send((function, arguments))
            error, found = self.pipe.recv()
        except (EOFError, OSError):
            self.pipe.close()
            died: Callable[..., ProcessExpired] = ProcessExpired
            code = self.ended(wait=True)
            raise died(f"the process {ended(code)}", code=code) from None
        if error is not None:
            raise error
        return found

    def ended(self, *, wait: bool = False) -> int | None:
        """Its exit status, as multiprocessing gives it; None where it is alive."""
        if self._exitcode is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            self._exitcode = os.waitstatus_to_exitcode(status) if pid else None
        return self._exitcode


def _live(questions: Any, parent: int) -> NoReturn:
    """The life of the child: one task after the other. It ends with its parent, whatever it does at that time."""
    status = 70
    try:
        end_with_parent()
        while os.getppid() == parent:
            function, arguments = questions.recv()
            answer = _answer(function, arguments)
            # Before the answer: what a task prints stands in the log before the next one's.
            flush_prints()
            questions.send(answer)
    finally:
        os._exit(status)


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[BaseException | None, Any]:
    try:
        return None, function(*arguments)
    except BaseException as error:  # noqa: BLE001 -- whatever it is, the parent raises it
        return error, None
