"""Checks that the time of a view does not depend on its size, and reports where it does: mostly a hidden copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from viewproof.bench.model import FLAT_VARIANTS, RANK_ELEMENTS, Finding, Series
from viewproof.bench.noise import margin

#: The largest growth of time from the smallest to the largest base that is allowed on a machine without noise.
BORNE = 1.5


def by_size(series: Iterable[Series]) -> dict[tuple[str, str], list[Series]]:
    """The series over sizes of each (operator, variant), smallest base first."""
    found: dict[tuple[str, str], list[Series]] = defaultdict(list)
    for one in series:
        if one.elements is not None and one.elements != RANK_ELEMENTS:
            found[one.operator, one.variant].append(one)
    return {key: sorted(some, key=lambda one: one.elements or 0) for key, some in found.items()}


def growth(some: list[Series]) -> float:
    """How many times as long the call takes on the largest base as on the smallest."""
    return some[-1].microseconds.median / some[0].microseconds.median


def limit(some: list[Series]) -> float:
    """The growth that is allowed: more than noise makes of a call whose cost is constant."""
    first, last = some[0], some[-1]
    noise = margin(first.microseconds.relative, last.microseconds.relative, max(first.noise, last.noise))
    return BORNE + noise


def grows(some: list[Series]) -> bool:
    """Whether the call depends on size: beyond the limit, and slower in its fast samples than the small one's slow."""
    if len(some) < 2:
        return False
    apart = some[-1].microseconds.low > some[0].microseconds.high
    return apart and growth(some) > limit(some)


def growing(series: Iterable[Series]) -> list[Finding]:
    """A finding for each view that depends on size, in the order of the series."""
    found = []
    for (operator, variant), some in by_size(series).items():
        if variant in FLAT_VARIANTS and grows(some):
            first, last = some[0], some[-1]
            text = (
                f"{operator} ({variant}) takes {first.microseconds.median:,.1f} us on {first.elements:,} elements and "
                f"{last.microseconds.median:,.1f} us on {last.elements:,}: {growth(some):,.1f} times as long, "
                f"{limit(some):.1f} would be borne. A view does not depend on size; a hidden copy does"
            )
            found.append(Finding("growth", operator, variant, last.case, growth(some), limit(some), text))
    return found
