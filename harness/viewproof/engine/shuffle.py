"""Shuffles a plan by a seed, into another order and other batches: work and verdicts must stay the same.

The order follows from the seed and from names only. So it is the same in every process, and the rest of a run that
was stopped, or of a chunk that was cut, keeps its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import msgspec

from viewproof.engine.workload import CHUNKS_A_BATCH
from viewproof.records.chunk import Chunk

_END_ONE_IN = 12
"""One batch in so many ends wherever it has got to, so that batches are of all sizes."""

Item = TypeVar("Item")


def _number(seed: int, *names: str) -> int:
    """A number below 2**64, a hash of the seed and the list of names; ["ab"] and ["a", "b"] differ."""
    text = "\0".join([str(seed), *names])
    return int.from_bytes(blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest(), "big")


def shuffled(items: Iterable[Item], seed: int | None, name_of: Callable[[Item], str], where: str) -> list[Item]:
    """The items, each once, in an order that depends on `seed` and `where`; unchanged where `seed` is None."""
    if seed is None:
        return list(items)
    return sorted(items, key=lambda item: _number(seed, where, name_of(item)))


def shuffled_batches(chunks: Iterable[Chunk], seed: int) -> list[list[Chunk]]:
    """The chunks that a worker is given at once, each chunk once, carrying the seed.

    Every other group of chunks on the same cases is taken apart, so that each execution answers one suite only; the
    others stay whole, their suites in any order.
    """
    groups: dict[tuple[str, str, str], list[Chunk]] = {}
    for chunk in chunks:
        seeded = msgspec.structs.replace(chunk, seed=seed)
        groups.setdefault((chunk.operator, chunk.family, chunk.profile), []).append(seeded)
    units = [unit for key, group in groups.items() for unit in _units(seed, "@".join(key), group)]
    found: list[list[Chunk]] = []
    batch: list[Chunk] = []
    for unit in shuffled(units, seed, lambda unit: unit[0].name, "units"):
        batch += unit
        most = 2 * CHUNKS_A_BATCH if unit[0].profile == "quick" else _CHUNKS_OUTSIDE_OF_QUICK
        if len(batch) >= most or not _number(seed, "end", unit[0].name) % _END_ONE_IN:
            found.append(batch)
            batch = []
    return [*found, batch] if batch else found


_CHUNKS_OUTSIDE_OF_QUICK = 3
"""Larger chunks are otherwise given alone: a batch has no more time than its slowest chunk."""


def _units(seed: int, group_name: str, group: list[Chunk]) -> Iterator[list[Chunk]]:
    """A group whole, in another order, or each of its chunks by itself."""
    if _number(seed, "torn", group_name) % 2:
        yield shuffled(group, seed, lambda chunk: chunk.name, "group")
    else:
        yield from ([chunk] for chunk in group)
