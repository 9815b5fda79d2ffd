"""Ends a process with the one that started it, whatever it does at that time and however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Linux's `prctl` option: the signal that a process gets when the one that started it ends.
_PR_SET_PDEATHSIG = 1
#: Names the driver to a process that it starts, which may not be there any more when that one comes to ask.
_DRIVER = "VIEWPROOF_DRIVER"


def end_with_parent() -> None:
    """On Linux: let this process be killed when the one that forked it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@contextmanager
def told_its_driver() -> Iterator[None]:
    """Within: a program that is started can `end_with_driver`.

    Linux means the thread that started it: on another than the main one, nothing is told.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    os.environ[_DRIVER] = str(os.getpid())
    try:
        yield
    finally:
        os.environ.pop(_DRIVER, None)


def end_with_driver() -> None:
    """Where this process was told its driver: end with it, also where that has ended already."""
    driver = os.environ.pop(_DRIVER, None)
    if driver is not None and sys.platform == "linux":
        end_with_parent()
        if os.getppid() != int(driver):
            os._exit(0)
