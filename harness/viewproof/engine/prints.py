"""Keeps what kernels and modules print apart from our own lines: in a log, or on standard error.

A kernel prints in Python, or below it, to the descriptors 1 and 2 themselves. So both are turned elsewhere, for all of
a process.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

#: C's `_IOLBF`: a stream hands each line on as it ends.
_BY_LINES = 1


def print_to(log: Path) -> None:
    """Append to `log` what this process prints from now on, and let it do so line by line.

    What it printed and did not yet hand on is lost with it where it dies, so that little of it waits.
    """
    with log.open("ab") as file:
        print_into(file.fileno())


def print_into(descriptor: int) -> None:
    """`print_to` what the open `descriptor` leads to."""
    flush_prints()
    for own in (1, 2):
        os.dup2(descriptor, own)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, it is closed, or of another class
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with suppress(AttributeError, OSError, ValueError):  # a C library of another kind: it hands on as it likes
        library = ctypes.CDLL(None)
        library.setvbuf(ctypes.c_void_p.in_dll(library, "stdout"), None, _BY_LINES, ctypes.c_size_t(0))


def flush_prints() -> None:
    """Hand on what Python and the C library hold back of what was printed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or it is closed
            stream.flush()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).fflush(None)
