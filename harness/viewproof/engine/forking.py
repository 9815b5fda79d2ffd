"""Says whether this process may be forked, so that the fork can do all that it can."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

#: The threads that this process had when `note_threads` was called.
_known: frozenset[str] | None = None


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


def forkable(device: str) -> bool:
    """Whether a fork of a process can use the device at all: one that is no memory of the host's cannot be shared."""
    return hasattr(os, "fork") and device.partition(":")[0] in {"cpu", "meta"}


def may_fork(device: str) -> bool:
    """Whether a child of this process can do all that it can, on this device, and it will hear of the child's end."""
    return (
        forkable(device)
        and _known is not None
        and _known.issuperset(_threads())
        and signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
    )
