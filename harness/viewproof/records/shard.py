"""`I/N`: which part of a plan a run is, as the command line and run.json say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewproof.errors import UsageError

#: The most shards that a plan is cut into: more than any plan of viewproof's own has groups to deal out.
MOST = 10_000

_FORM = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """The `index`-th of `count` shards, from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def parse_shard(text: str) -> Shard:
    """The shard that `I/N` names. Raises UsageError where it names none."""
    found = _FORM.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MOST:
        raise UsageError(f"shard: wanted I/N, two whole numbers with 1 <= I <= N <= {MOST}; got {text!r}")
    return Shard(int(found[1]), int(found[2]))
