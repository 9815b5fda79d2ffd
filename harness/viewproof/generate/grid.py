"""Sequences of argument tuples that are counted before they are built, and the even choice of a few of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import gcd
from typing import Any, NamedTuple


class KeywordCall(NamedTuple):
    """A call's arguments after the first, where some are keywords."""

    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]


class Grid:
    """Every combination of one entry an axis, as tuples; the last axis moves fastest."""

    __slots__ = ("_axes", "_length")

    def __init__(self, *axes: Sequence[Any]) -> None:
        self._axes = tuple(tuple(axis) for axis in axes)
        self._length = 1
        for axis in self._axes:
            self._length *= len(axis)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> tuple[Any, ...]:
        chosen = []
        for axis in reversed(self._axes):
            place, digit = divmod(place, len(axis))
            chosen.append(axis[digit])
        chosen.reverse()
        return tuple(chosen)


class Chain:
    """Several sequences one after the other."""

    __slots__ = ("_ends", "_parts")

    def __init__(self, *parts: Any) -> None:
        self._parts = tuple(part for part in parts if len(part))
        ends = []
        end = 0
        for part in self._parts:
            end += len(part)
            ends.append(end)
        self._ends = ends

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, place: int) -> Any:
        part = bisect_right(self._ends, place)
        return self._parts[part][place - (self._ends[part - 1] if part else 0)]


def unique(*entries: Any) -> tuple[Any, ...]:
    """The entries in order, each once."""
    return tuple(dict.fromkeys(entries))


def coprime_step(length: int) -> int:
    """A step near the golden section of `length` that visits every place once."""
    step = max(1, int(length * 0.618))
    while gcd(step, length) != 1:
        step += 1
    return step


def choose(entries: Any, limit: int, turn: int) -> Iterator[Any]:
    """At most `limit` of the entries, each once, spread over all of them; `turn` rotates the choice."""
    length = len(entries)
    if length <= limit:
        for place in range(length):
            yield entries[place]
        return
    step = coprime_step(length)
    place = turn * limit * step % length
    for _ in range(limit):
        yield entries[place]
        place = (place + step) % length


def spread(entries: Sequence[Any], count: int) -> list[Any]:
    """`count` of the entries at even distances, in their order; all where there are no more."""
    if len(entries) <= count:
        return list(entries)
    return [entries[place * len(entries) // count] for place in range(count)]
