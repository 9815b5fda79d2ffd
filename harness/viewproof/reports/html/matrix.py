"""The verdicts of a run by operator, suite, target and rule: all that the matrix and its drill-down add up."""

from __future__ import annotations

from collections.abc import Iterable

from viewproof.records.counts import balanced
from viewproof.records.model import VERDICTS, ChunkRecord
from viewproof.reports.html.strings import Strings

_ORDER = {verdict: place for place, verdict in enumerate(VERDICTS)}


def tallies(records: Iterable[ChunkRecord], strings: Strings) -> list[list[int]]:
    """One row each: operator, suite, target, rule (places of texts), then a count a verdict, last zeros left out."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for record in records:
        for tally in record.tallies:
            key = record.operator, record.suite, tally.target, tally.rule
            counts = sums.get(key)
            if counts is None:
                counts = sums[key] = [0] * len(VERDICTS)
            for verdict, number in balanced(tally).items():
                counts[_ORDER[verdict]] += number
    rows = []
    for key, counts in sums.items():
        while counts and not counts[-1]:
            counts.pop()
        if counts:
            rows.append([*map(strings.place, key), *counts])
    return rows
