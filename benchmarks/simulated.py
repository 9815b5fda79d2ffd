"""What more workers would gain: a run's recorded costs, scheduled anew on any number of them.

Workers take batches in the plan's order, each the next one as it becomes free. Two things are done one after the other
however many there are: a process apart counts what each batch owes, and the driver takes the records of a batch that
has ended and been counted, and writes them to the journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple


class Batch(NamedTuple):
    """The costs of a batch, in seconds: to a worker, to the process that counts, and to the driver."""

    working: float
    counting: float
    recording: float


class Simulated(NamedTuple):
    """A run on so many workers, in seconds from the first batch's beginning to the last record's end.

    `bound` names what the run cannot be shorter than, and by what: `working` (divided by the workers), `longest` (one
    batch), `counting` or `recording`; the largest of these.
    """

    workers: int
    seconds: float
    bound: str
    bound_seconds: float


def simulate(batches: Sequence[Batch], workers: int) -> Simulated:
    """The run of the batches, in this order, on so many workers. Raises ValueError for none of either."""
    if not batches or workers < 1:
        raise ValueError(f"wanted a batch and a worker or more, got {len(batches)} batches and {workers} workers")
    free = [0.0] * min(workers, len(batches))
    counted = 0.0
    ready = []
    for batch in batches:
        counted += batch.counting
        ended = heapq.heappop(free) + batch.working
        heapq.heappush(free, ended)
        # The driver takes batches as they end, and waits for the count of each: more workers may end one earlier whose
        # count comes late.
        ready.append((ended, counted, batch.recording))
    driver = 0.0
    for ended, known, recording in sorted(ready):
        driver = max(driver, ended, known) + recording
    bounds = {
        "working": sum(batch.working for batch in batches) / workers,
        "longest": max(batch.working for batch in batches),
        "counting": counted,
        "recording": sum(batch.recording for batch in batches),
    }
    bound = max(bounds, key=lambda name: bounds[name])
    return Simulated(workers, driver, bound, bounds[bound])


def bend(simulated: Sequence[Simulated], efficiency: float = 0.5) -> Simulated | None:
    """The first run in which a worker does less than so much of what it does in the first of them; None if none."""
    first = simulated[0]
    for one in simulated:
        if first.seconds * first.workers < efficiency * one.seconds * one.workers:
            return one
    return None
