"""`python -m viewproof.engine.planned_counts FILE`: writes anew how much each suite plans, by profile.

The file is committed, and a test counts again: a case that a generator loses, or a rule that no longer applies, shows
as a number that changed. The numbers are those of one torch, which the file names.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from viewproof.contract.installed import own_suites
from viewproof.engine.count import count_owed
from viewproof.engine.owed import Owed
from viewproof.engine.plan import make_plan
from viewproof.engine.workload import batches
from viewproof.records.chunk import Chunk

#: The profiles that are counted: a larger one takes minutes.
PROFILES = ("quick",)


class SuiteCounts(msgspec.Struct, frozen=True):
    """What one suite plans: cases, executions (case x target), and verdicts (case x target x rule)."""

    cases: int
    executions: int
    planned: int


class PlannedCounts(msgspec.Struct, frozen=True):
    """The counts of viewproof's own suites on the torch of this version (`2.13`), by profile and suite."""

    torch: str
    profiles: dict[str, dict[str, SuiteCounts]]


def torch_here() -> str:
    """The major and minor version of this torch."""
    import torch

    return ".".join(str(torch.__version__).split(".")[:2])


def counted(profile: str) -> dict[str, SuiteCounts]:
    """The counts at a profile, by suite, in the order of the plan. Seconds at `quick`; runs no operator."""
    suites = own_suites()
    chunks: Iterable[Chunk] = [chunk for batch in batches(make_plan(suites, profile=profile)) for chunk in batch]
    sums: dict[str, Counter[str]] = {name: Counter() for name in suites}
    was_on = gc.isenabled()
    gc.disable()
    try:
        for chunk in chunks:
            _add(sums[chunk.suite], count_owed(chunk))
    finally:
        if was_on:
            gc.enable()
    return {name: SuiteCounts(one["cases"], one["executions"], one["planned"]) for name, one in sums.items()}


def _add(counts: Counter[str], owed: Owed) -> None:
    counts["cases"] += owed.cases
    counts["executions"] += owed.executions
    counts["planned"] += sum(number for _, _, number in owed.planned)


def read_counts(path: Path) -> PlannedCounts:
    """The counts in the file. Raises ValueError where it holds none."""
    return msgspec.json.decode(path.read_bytes(), type=PlannedCounts)


def main(arguments: list[str]) -> int:
    """Write the counts of every profile into the file that is named. Returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m viewproof.engine.planned_counts FILE", file=sys.stderr)
        return 2
    found = PlannedCounts(torch_here(), {profile: counted(profile) for profile in PROFILES})
    Path(arguments[0]).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
