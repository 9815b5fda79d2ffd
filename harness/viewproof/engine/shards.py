"""Cuts a plan into shards: parts that have nothing in common, leave nothing out, and cost about the same.

A shard is a pure function of the plan: what it is made of, chunks and their costs, is what the plan's hash covers. So
each machine cuts its own shard, and `merge` proves that together they are the plan.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

import msgspec

from viewproof.engine.costs import cost_of
from viewproof.engine.planning import Planned
from viewproof.records.chunk import Chunk
from viewproof.records.shard import Shard


def shards_of(chunks: Sequence[Chunk], count: int, cost: Callable[[Chunk], float] = cost_of) -> list[tuple[Chunk, ...]]:
    """The chunks dealt to `count` shards, each in the order of the plan; some are empty where groups are fewer.

    Chunks on one operator and one family of bases stay together, whichever suite they are of: they check the same
    cases, and one may take its evidence from another (`Chunk.loans`). Such groups are dealt dearest first, each to the
    shard that has the least so far, so that no two shards are farther apart than one group costs.
    """
    groups: dict[tuple[str, str], float] = {}
    for chunk in chunks:
        key = chunk.operator, chunk.family
        groups[key] = groups.get(key, 0.0) + cost(chunk)
    loads = [(0.0, place) for place in range(count)]
    dealt: dict[tuple[str, str], int] = {}
    for key in sorted(groups, key=lambda key: (-groups[key], key)):
        load, place = loads[0]
        dealt[key] = place
        heapq.heapreplace(loads, (load + groups[key], place))
    found: list[list[Chunk]] = [[] for _ in range(count)]
    for chunk in chunks:
        found[dealt[chunk.operator, chunk.family]].append(chunk)
    return [tuple(shard) for shard in found]


def cut(plan: Planned, shard: Shard | None) -> Planned:
    """The shard of a plan, all of it where there is none; its hash and contracts stay those of the whole plan."""
    if shard is None:
        return plan
    return msgspec.structs.replace(plan, chunks=shards_of(plan.chunks, shard.count)[shard.index - 1])
