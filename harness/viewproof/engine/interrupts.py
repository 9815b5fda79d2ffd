"""Keeps Ctrl-C for the driver: it reaches every process of a terminal's group, and the driver alone ends a run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

from viewproof.engine.stopping import stops_held


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Within: a process that is started never hears SIGINT, also while it still loads; this one hears it afterwards.

    A blocked signal is inherited where a handler is not. Does nothing on a system without signal masks. The other
    signals that end a run wait as well, unblocked, so that no process is started and not known of.
    """
    with stops_held():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        # It unblocks the signal where it starts: that is done first.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
