"""Goes on in a child of this process, which is watched: its end is noticed, however it comes about.

A program may end its process (`os._exit`, a signal, a kernel that dies) or put another in its place; what would have
been written afterwards is not, and the exit status says nothing of it. The process that waits has loaded no torch: it
costs a fork, and no time of the program's.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

import click

from viewproof.cli.output import say
from viewproof.engine.apart import ended
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.prints import flush_prints

#: Signals that are for the child where a process sends them to this one.
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def may_watch() -> bool:
    """Whether this process can fork one that does all that it can: torch, and threads, may not survive a fork."""
    return (
        "torch" not in sys.modules
        and hasattr(os, "fork")
        and hasattr(signal, "sigwaitinfo")
        and threading.active_count() == 1
    )


class Untimely(NamedTuple):
    """An end that is no end of the block's: the status for it, and what is said, with `{}` for how the child ended."""

    status: int
    said: str


#: Of a verb that runs cases, or imports what the user names, in the process of the command.
OF_KERNELS = Untimely(3, "Error: no evidence: a kernel, a pass or a module ended the process (it {})")


@contextmanager
def watched(before: Untimely = OF_KERNELS, after: Untimely = OF_KERNELS) -> Iterator[None]:
    """What stands in the block runs in a child, where one may be forked; this process waits, and ends as the child.

    A block that is left by the click exception that ends a command has come to its end. `before` says what it means
    that the child ends earlier, `after` that it ends otherwise once that was left; one line each. It decorates a verb.
    """
    if not may_watch():
        yield
        return
    signals = {signal.SIGCHLD, *[getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # Where whoever started this process ignores it, the child would vanish unheard.
    handler = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    heard, told = os.pipe()
    parent = os.getpid()
    flush_prints()
    child = os.fork()
    if child:
        os.close(told)
        os.set_blocking(heard, False)
        code = _wait(child, signals)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _end(os.read(heard, 16).decode(), code, before, after)
    os.close(heard)
    signal.signal(signal.SIGCHLD, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    end_with_parent()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    with _telling(told):
        yield


@contextmanager
def _telling(told: int) -> Iterator[None]:
    """Tell the exit status with which the block is left; not where the program forked a process that leaves it too."""
    own, status = os.getpid(), 0
    try:
        yield
    except (click.exceptions.Exit, click.ClickException) as error:
        status = error.exit_code
        raise
    except BaseException:
        # It is said, and made into a status, further up.
        status = -1
        raise
    finally:
        if os.getpid() == own:
            os.write(told, str(status).encode())


def _wait(child: int, signals: set[signal.Signals]) -> int:
    """The exit status of the child, as multiprocessing gives it; meanwhile signals are passed on to it."""
    while True:
        info = signal.sigwaitinfo(signals)
        if info.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        elif info.si_code <= 0:
            # From a process. What the terminal sends goes to both.
            os.kill(child, info.si_signo)


def _end(told: str, code: int, before: Untimely, after: Untimely) -> NoReturn:
    status = int(told) if told else None
    if status in {code, -1}:
        raise click.exceptions.Exit(code)
    end = before if status is None else after
    say(end.said.format(ended(code)), err=True)
    raise click.exceptions.Exit(end.status)
