"""Medians and quartiles, and a reference loop without torch that shows the noise of the machine itself."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from viewproof.bench.model import Block, Machine, Spread

#: Additions in one pass of the reference loop: some two hundred microseconds, as a sample is.
REFERENCE_STEPS = 4_000


def spread(samples: Sequence[float]) -> Spread:
    """Median and quartiles. Raises ValueError where there is no sample."""
    if not samples:
        raise ValueError("samples: wanted at least one, got none")
    if len(samples) == 1:
        return Spread(samples[0], samples[0], samples[0])
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    return Spread(middle, low, high)


def reference_loop() -> int:
    """A fixed amount of interpreter work that touches no tensor."""
    total = 0
    for step in range(REFERENCE_STEPS):
        total += step & 7
    return total


def margin(*noises: float) -> float:
    """By how much a ratio may differ from 1 through noise alone, given the noise of its parts.

    Each noise is an interquartile range as a share of its median: all that the middle half of the samples shows, added
    up. A quarter is granted on the quietest machine. This alone makes no finding: the quartiles must not meet,
    and a second measurement must show the same.
    """
    return max(0.25, sum(noises))


def machine(blocks: Sequence[Block]) -> Machine:
    """What the blocks' reference loops say together. Raises ValueError where there is no block."""
    if not blocks:
        raise ValueError("blocks: wanted at least one, got none")
    medians = [block.reference.median for block in blocks]
    middle = median(medians)
    within = [block.reference.relative for block in blocks]
    return Machine(middle, median(within), max(within), min(medians) / middle, max(medians) / middle)
