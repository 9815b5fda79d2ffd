"""Compares two benches: lists what got slower, or faster, by more than the noise of both explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from viewproof.bench.model import SCHEMA, Bench, Finding, Series
from viewproof.bench.noise import margin, spread
from viewproof.errors import UsageError
from viewproof.regular import read_regular

FILE = "bench.json"


class Change(NamedTuple):
    """One series in both benches. `factor` is new over old, in multiples of each one's reference loop."""

    old: Series
    new: Series
    factor: float
    limit: float

    @property
    def slower(self) -> bool:
        """Slower beyond the noise: past the limit, and the quartiles do not meet."""
        return self.factor > self.limit and _scaled_low(self.new) > _scaled_high(self.old)

    @property
    def faster(self) -> bool:
        """Faster beyond the noise, by the same measure."""
        return self.factor * self.limit < 1 and _scaled_high(self.new) < _scaled_low(self.old)


def _scaled_low(one: Series) -> float:
    return one.relative * one.microseconds.low / one.microseconds.median


def _scaled_high(one: Series) -> float:
    return one.relative * one.microseconds.high / one.microseconds.median


def changes(old: Iterable[Series], new: Iterable[Series]) -> list[Change]:
    """The series that both have, in the order of the new one."""
    before = {one.key: one for one in old}
    pairs = [(before[one.key], one) for one in new if one.key in before and before[one.key].relative > 0]
    factors = [one.relative / earlier.relative for earlier, one in pairs]
    alike: dict[tuple[str, int | None], list[float]] = defaultdict(list)
    for (_, one), factor in zip(pairs, factors, strict=True):
        alike[one.variant, one.elements].append(factor)
    scatter = {group: between(some) for group, some in alike.items()}
    found = []
    for (earlier, one), factor in zip(pairs, factors, strict=True):
        noises = [part for each in (earlier, one) for part in (each.microseconds.relative, each.noise)]
        found.append(Change(earlier, one, factor, 1 + margin(*noises, 2 * scatter[one.variant, one.elements])))
    return found


#: The fewest factors from which the scatter between two benches is estimated.
ENOUGH = 20


def between(factors: Sequence[float]) -> float:
    """The scatter from process to process, as an interquartile range: samples within one bench do not show it.

    `factors` are those of one variant at one size. From process to process a view scatters by a twentieth; a large
    copy, a fake call or a compiled one by a fifth. Taken from the lower half, which what got slower does not widen.
    """
    if len(factors) < ENOUGH:
        return 0.0
    found = spread(factors)
    return 2 * (found.median - found.low) / found.median


def unmatched(old: Iterable[Series], new: Iterable[Series]) -> int:
    """How many series of the operators in `new` only the old bench has, so that they are not compared."""
    measured = list(new)
    operators, keys = {one.operator for one in measured}, {one.key for one in measured}
    return sum(one.operator in operators and one.key not in keys for one in old)


def slower(some: Iterable[Change]) -> list[Finding]:
    """A finding for each series that got slower beyond the noise."""
    return [
        Finding(
            "slower",
            change.new.operator,
            change.new.variant,
            change.new.case,
            change.factor,
            change.limit,
            f"{change.new.operator} ({change.new.variant}{_where(change.new)}) went from "
            f"{change.old.microseconds.median:,.1f} us to {change.new.microseconds.median:,.1f} us: "
            f"{change.factor:.2f} times as slow against the reference loop, {change.limit:.2f} is noise",
        )
        for change in some
        if change.slower
    ]


def faster(some: Iterable[Change]) -> tuple[str, ...]:
    """A line for each series that got faster beyond the noise."""
    return tuple(
        f"{change.new.operator} ({change.new.variant}{_where(change.new)}): {1 / change.factor:.2f} times as fast"
        for change in some
        if change.faster
    )


def _where(one: Series) -> str:
    return "" if one.elements is None else f", rank {one.rank}, {one.elements:,} elements"


def read_bench(path: Path) -> Bench:
    """The bench of a directory, or a bench.json itself. Raises UsageError where `path` is neither."""
    file = path / FILE if path.is_dir() else path
    try:
        found = msgspec.json.decode(read_regular(file), type=Bench)
    except OSError as error:
        raise UsageError(
            f"--compare {path}: wanted a bench directory or its {FILE} ({error.strerror or error})"
        ) from error
    except msgspec.DecodeError as error:
        raise UsageError(f"--compare {path}: wanted a {FILE} of schema {SCHEMA} ({error})") from error
    if found.schema != SCHEMA:
        raise UsageError(f"--compare {path}: wanted a {FILE} of schema {SCHEMA}, got {found.schema}")
    return found
