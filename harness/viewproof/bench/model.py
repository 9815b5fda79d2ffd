"""What a bench writes down: series of timings, what was not measured, findings, noise. bench.json is this, as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

SCHEMA = 1
#: The ways to run a view, in the order in which tables show them. `eager` is what every ratio is to.
VARIANTS = (
    "eager",
    "copy",
    "scatter",
    "functionalize",
    "functionalize-copies",
    "meta",
    "fake",
    "decomposed",
    "aot_eager",
)
#: Those whose cost must not depend on the number of elements: none of them reads or writes one.
FLAT_VARIANTS = ("eager", "functionalize", "meta", "fake", "decomposed")
#: Every variant is measured at so many elements, and compared to eager there.
HOME_ELEMENTS = 1_000
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
#: The sweep over ranks keeps the number of elements: a power of two, so that every rank has a shape.
RANK_ELEMENTS = 4_096
RANKS = (1, 2, 3, 4, 6)


class Spread(msgspec.Struct, frozen=True):
    """The median of some samples and their quartiles."""

    median: float
    low: float
    high: float

    @property
    def relative(self) -> float:
        """The interquartile range as a share of the median."""
        return (self.high - self.low) / self.median if self.median else 0.0


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One call, timed in every round of a sitting.

    `microseconds` a call. `noise` is what the reference loop did in the same rounds: its interquartile range as a share
    of its median. `relative` is the median as a multiple of the reference loop's: what two machines, or two days of
    one, are compared by. `ratio` is to the operator's eager call in the same sitting, None where there is none at
    this rank and size. `elements` and `rank` are the base's; None for a base that is not strided. `calls` is how many
    calls a sample holds, `samples` how many samples there are.
    """

    operator: str
    variant: str
    rank: int | None
    elements: int | None
    case: str
    calls: int
    samples: int
    microseconds: Spread
    noise: float
    relative: float
    ratio: float | None

    @property
    def key(self) -> tuple[str, str, int | None, int | None]:
        """What makes two series of two benches the same one."""
        return self.operator, self.variant, self.rank, self.elements


class Omission(msgspec.Struct, frozen=True):
    """A variant of an operator that was not measured, and why."""

    operator: str
    variant: str
    why: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. `kind` is `growth` (a view that depends on size) or `slower` (than an older bench).

    `factor` is how many times as slow; `limit` how many times would have been borne.
    """

    kind: str
    operator: str
    variant: str
    case: str
    factor: float
    limit: float
    text: str


class Block(msgspec.Struct, frozen=True):
    """The reference loop while one operator was measured; microseconds, `at` seconds after the start."""

    operator: str
    at: float
    reference: Spread


class Settings(msgspec.Struct, frozen=True):
    """How a bench measures. `sample_us` is what a sample should last, in microseconds."""

    rounds: int = 21
    sample_us: float = 250.0
    sizes: tuple[int, ...] = SIZES
    ranks: tuple[int, ...] = RANKS
    variants: tuple[str, ...] = VARIANTS


QUICK = Settings(
    rounds=9,
    sample_us=150.0,
    sizes=(100, 1_000, 1_000_000),
    ranks=(1, 3, 6),
    variants=tuple(name for name in VARIANTS if name != "aot_eager"),
)


class Bench(msgspec.Struct, kw_only=True):
    """bench.json. `seconds` is the whole time; `compared` names the older bench, where there was one, `unmatched` says
    how many of its series this one lacks, and `faster` holds a line for each that got faster.
    """

    schema: int = SCHEMA
    viewproof: str
    torch: str
    device: str
    timer: str
    started: str
    seconds: float
    settings: Settings
    environment: dict[str, Any]
    blocks: tuple[Block, ...]
    series: tuple[Series, ...]
    absent: tuple[Omission, ...]
    findings: tuple[Finding, ...]
    compared: str = ""
    unmatched: int = 0
    faster: tuple[str, ...] = ()


class Machine(msgspec.Struct, frozen=True):
    """What the reference loop says of the machine over a whole bench. `spread` is within a block, the median one and
    the worst; `slowest` and `fastest` are block medians as multiples of the median block's. `loop_us` in microseconds.
    """

    loop_us: float
    spread: float
    worst_spread: float
    fastest: float
    slowest: float
