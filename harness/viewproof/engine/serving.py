"""The life of a child: it does one task after the other, and says what comes of each, until its parent ends."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from viewproof.engine.fault import fault_of
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.prints import flush_prints, print_into
from viewproof.engine.whereabouts import note_in

#: The first byte of a message: an answer, the end of them, what was raised in their place, or a process's number.
ANSWER, END, FAULT, PID = b"a", b"e", b"f", b"p"

#: What a process does first where it is no fork, in place of what its parent has done for it.
Begin = Callable[[], None]


def serve(notes: Path | None, pipe: Any, saying: Any, parent: int, begin: Begin | None = None) -> NoReturn:
    """The life of a child: one task after the other. It ends with its parent, whatever it does at that time."""
    try:
        if hasattr(os, "setsid"):
            with suppress(OSError):
                os.setsid()
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if saying is not None:
            print_into(saying.fileno())
            saying.close()
        faulthandler.enable(2)
        leave_no_core()
        if notes is not None:
            note_in(notes)
        if begin is not None:
            begin()
            pipe.send_bytes(END)
        own = os.getpid()
        pipe.send_bytes(b"%s%d" % (PID, own))
        while os.getppid() == parent:
            function, arguments = pipe.recv()
            for message in _messages(function, arguments):
                if os.getpid() != own:
                    # A fork that a kernel made has come back from it.
                    os._exit(0)
                pipe.send_bytes(message)
    finally:
        os._exit(70)


def _messages(function: Callable[..., Iterator[bytes]], arguments: tuple[Any, ...]) -> Iterator[bytes]:
    try:
        for answer in function(*arguments):
            # Before the answer: what a task prints stands in the log before the next one's.
            flush_prints()
            yield ANSWER + answer
    except BaseException as error:  # noqa: BLE001 -- whatever it is, it is the answer
        flush_prints()
        yield FAULT + msgspec.msgpack.encode(fault_of(error))
    else:
        yield END


def once(function: Callable[..., Any], *arguments: Any) -> Iterator[bytes]:
    yield msgspec.msgpack.encode(function(*arguments))


def leave_no_core() -> None:
    """Let this process leave no file of its memory behind where it dies: that takes longer than all it has done."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
