"""Takes samples in turns: each round times every call once, so that drift of the machine affects all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from viewproof.bench.clocks import Call, Clock
from viewproof.bench.noise import reference_loop

MOST_CALLS = 5_000
#: The least time of all samples together, in microseconds: in a few ms a machine's speed may not vary at all.
SHORTEST_US = 80_000.0


@dataclass(frozen=True, slots=True)
class TimedCall:
    """A call that is ready to be timed: `inside` is entered around each sample, outside its time."""

    call: Call
    clock: Clock
    inside: Callable[[], AbstractContextManager[Any]] = nullcontext


@dataclass(slots=True)
class Samples:
    """Microseconds a call, a sample a round; `calls` is how many calls a sample holds."""

    calls: int
    microseconds: list[float] = field(default_factory=list)


def calibrate(timed: TimedCall, sample_us: float) -> int:
    """How many calls last about `sample_us` microseconds. Makes calls, which warm what there is to warm."""
    count = 1
    with timed.inside():
        timed.clock.measure(timed.call, 2)
        while True:
            # The quicker of two: other work of the machine is not counted.
            spent = min(timed.clock.measure(timed.call, count) for _ in range(2)) / 1_000
            if spent >= sample_us / 4 or count >= MOST_CALLS:
                break
            count *= 4
    each = max(spent / count, 1e-3)
    return max(1, min(MOST_CALLS, round(sample_us / each)))


def interleave(
    calls: Sequence[TimedCall], reference: Clock, rounds: int, sample_us: float
) -> tuple[list[Samples], list[float]]:
    """Time each call `rounds` times, in turn; the second result are the reference loop's microseconds.

    A round starts one call further on than the last, and every other one runs backwards. The reference loop has its
    turn at the start and in the middle of each. Where there are few calls, samples last longer than `sample_us`.
    """
    sample_us = max(sample_us, SHORTEST_US / max(1, rounds * len(calls)))
    found = [Samples(calibrate(timed, sample_us)) for timed in calls]
    loops: list[float] = []
    order = list(range(len(calls)))
    with _no_collection():
        for turn in range(rounds):
            start = turn * len(order) // max(1, rounds)
            turned = order[start:] + order[:start]
            for place, which in enumerate(reversed(turned) if turn % 2 else turned):
                if place in (0, len(order) // 2):
                    loops.append(reference.measure(reference_loop, 1) / 1_000)
                timed, samples = calls[which], found[which]
                with timed.inside():
                    spent = timed.clock.measure(timed.call, samples.calls)
                samples.microseconds.append(spent / 1_000 / samples.calls)
    return found, loops


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector out of the samples, as timeit does."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
