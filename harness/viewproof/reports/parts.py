"""Says of a run that it is a part of its plan, or was put together from parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viewproof.place import place_in


def part_lines(run: Mapping[str, Any]) -> list[str]:
    """One sentence where the run is a shard, or was merged from some; none for any other."""
    if run.get("shard"):
        index, _, count = str(run["shard"]).partition("/")
        return [
            f"Shard {index} of {count}, with {run.get('chunks', 0):,} chunks of the plan: "
            "coverage is that of the shard, and known issues are held to what it has."
        ]
    merged = run.get("shards") or ()
    return [f"Merged from {len(merged)} shard{'' if len(merged) == 1 else 's'}."] if merged else []


def shard_rows(run: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A table of the shards that a run was merged from: its head, and a row a shard."""
    shards: Sequence[Mapping[str, Any]] = run.get("shards") or ()
    head = ("shard", "began", "seconds", "chunks", "jobs", "processor", "threads", "platform", "Python")
    return head, [_row(shard) for shard in shards]


def _row(shard: Mapping[str, Any]) -> tuple[str, ...]:
    environment = shard.get("environment") or {}
    place = place_in(environment)
    threads = "-" if place is None else f"{place.threads}"
    seconds = shard.get("seconds")
    return (
        str(shard.get("shard", "-")),
        str(shard.get("started", "-")),
        f"{seconds:.1f}" if isinstance(seconds, int | float) else "-",
        str(shard.get("chunks", "-")),
        str(shard.get("jobs", "-")),
        str(environment.get("processor", "-")),
        threads,
        str(environment.get("platform", "-")),
        str(environment.get("python", "-")),
    )
