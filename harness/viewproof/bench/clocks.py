"""Clocks: CUDA events for what runs on CUDA, the host's counter for the rest; each times a number of calls at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import repeat
from typing import Any, Protocol

Call = Callable[[], object]


class Clock(Protocol):
    """Makes `count` calls and says how many nanoseconds they took together."""

    name: str

    def measure(self, call: Call, count: int) -> float:
        """Nanoseconds of `count` calls."""


def _nothing() -> None:
    """No queue to wait for."""


class HostClock:
    """`time.perf_counter_ns` around the calls; `wait` lets a device finish what was queued, before and in the time."""

    def __init__(self, wait: Callable[[], object] = _nothing, name: str = "host timer") -> None:
        self.wait = wait
        self.name = name

    def measure(self, call: Call, count: int) -> float:
        """See `Clock`."""
        wait, rounds = self.wait, repeat(None, count)
        wait()
        begin = time.perf_counter_ns()
        for _ in rounds:
            call()
        wait()
        return float(time.perf_counter_ns() - begin)


class CudaClock:
    """Two events on the current stream around the calls: the host's time where nothing runs on the device, else the
    device's. A kernel that a view launches is in it, also where the host has gone on.
    """

    name = "CUDA events"

    def __init__(self, cuda: Any) -> None:
        self.cuda = cuda

    def measure(self, call: Call, count: int) -> float:
        """See `Clock`."""
        begin, end = (self.cuda.Event(enable_timing=True) for _ in range(2))
        rounds = repeat(None, count)
        self.cuda.synchronize()
        begin.record()
        for _ in rounds:
            call()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end)) * 1e6


def clock_of(device: str) -> Clock:
    """The clock of what runs on `device`."""
    import torch

    kind = device.partition(":")[0]
    if kind == "cuda":
        return CudaClock(torch.cuda)
    if kind == "cpu":
        return HostClock()
    accelerator = torch.accelerator.current_accelerator()
    if accelerator is not None and accelerator.type == kind:
        return HostClock(torch.accelerator.synchronize, "host timer, the device's queue waited for")
    return HostClock()
