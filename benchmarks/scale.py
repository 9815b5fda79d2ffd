"""What a run costs as work grows: `python benchmarks/scale.py [--out DIR] [--budget SECONDS] [--quick]`.

By the number of cases, by rank, by the size of the storage, by one worker and two, and by up to a thousand workers in a
simulation from the costs that a run recorded. What the budget leaves no time for is not run, and said to be. See
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

import scale_points
from scale_page import write_page
from simulated import Batch, Simulated, simulate
from viewproof.contract.installed import find_suite
from viewproof.engine.count import count_owed
from viewproof.engine.planning import planned_here
from viewproof.engine.uncollected import uncollected
from viewproof.engine.warm import warm_up
from viewproof.engine.workload import batches
from viewproof.records.journal import Journal
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import Selection
from watched_run import Watched, run_watched

#: The numbers of cases that are asked for; a run has as many operators as hold so many, or all.
WANTED = (10_000, 100_000, 1_000_000, 10_000_000)
#: The profile whose cases each number is taken from.
PROFILES = {10_000: "quick", 100_000: "full", 1_000_000: "full", 10_000_000: "exhaustive"}
WORKERS = (1, 2)
SIMULATED = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
#: The suite and target of the runs by cases, and the queries of the runs by workers, whose journal is simulated from.
GROWN = "views/eager"
WHOLE: tuple[str, ...] = ()
QUICK_WHOLE = ("views", "aliasing", "copies")
#: The part of the time left that may be spent on ranks, and of what is left then, on storages.
SHARE = 0.15


class Grown(NamedTuple):
    """A run of so many cases of so many operators: what was wanted, and what it came to."""

    wanted: int
    profile: str
    operators: int
    run: Watched


@dataclass(slots=True)
class Found:
    """All that was measured; times are in seconds, memory in bytes. What was left out names sizes, and why."""

    place: dict[str, Any]
    grown: list[Grown] = field(default_factory=list)
    ranks: list[scale_points.Point] = field(default_factory=list)
    storages: list[scale_points.Point] = field(default_factory=list)
    workers: dict[int, Watched] = field(default_factory=dict)
    simulated: list[Simulated] = field(default_factory=list)
    left_out: dict[str, list[int]] = field(default_factory=dict)


def operators_of(wanted: int, profile: str) -> list[str]:
    """As many operators of the suite as hold so many cases at the profile, in name order; all where it has fewer."""
    suite = find_suite(GROWN.partition("/")[0])
    chosen: list[str] = []
    number = 0
    for operator in suite.operators():
        chosen.append(operator)
        for family in suite.families(operator, profile):
            for _ in suite.cases(operator, family, profile):
                number += 1
                if number >= wanted:
                    return chosen
    return chosen


def grow(found: Found, wanted: Sequence[int], until: float) -> None:
    """Run more and more cases, as long as the last run says that there is time for the next; the fewest in any case."""
    last: Grown | None = None
    for number in wanted:
        if last is not None and time.monotonic() + last.run.wall * number / last.run.cases > until:
            found.left_out.setdefault("cases", []).append(number)
            continue
        profile = PROFILES[number]
        operators = operators_of(number, profile)
        queries = [f"{GROWN}/*/{operator}" for operator in operators]
        with tempfile.TemporaryDirectory(prefix="viewproof-scale-") as folder:
            run = run_watched([*queries, "--profile", profile, "--jobs", "1"], Path(folder, "out"))
        last = Grown(number, profile, len(operators), run)
        found.grown.append(last)
        say(f"{run.cases:>10,} cases  {run.wall:7.1f} s  {run.worker_memory / 1e6:6.0f} MB a worker")


def with_workers(found: Found, queries: Sequence[str]) -> None:
    """The same run on one worker and on two; the first one's journal is what is simulated from."""
    for jobs in WORKERS:
        with tempfile.TemporaryDirectory(prefix="viewproof-scale-") as folder:
            out = Path(folder, "out")
            run = run_watched([*queries, "--jobs", str(jobs)], out)
            found.workers[jobs] = run
            say(f"{jobs:>10} workers  {run.wall:7.1f} s  {run.worker_memory / 1e6:6.0f} MB a worker")
            if jobs == WORKERS[0]:
                costs = costs_of(out / "journal.jsonl", queries)
                found.simulated = [simulate(costs, workers) for workers in SIMULATED]


def costs_of(journal: Path, queries: Sequence[str]) -> list[Batch]:
    """The batches of the plan, each with what its chunks cost: to the worker, as the journal says; to the process that
    counts and to the driver, measured here, since no record says it.
    """
    decoder = msgspec.json.Decoder(ChunkRecord)
    records = {one.chunk: one for one in map(decoder.decode, journal.read_bytes().splitlines())}
    plan = planned_here(Selection(queries=tuple(queries)))
    costs = []
    with (
        tempfile.TemporaryDirectory(prefix="viewproof-scale-") as folder,
        Journal(Path(folder, "journal.jsonl"), plan.hash) as written,
    ):
        for batch in batches(plan.chunks):
            some = [records[chunk.name] for chunk in batch]
            sent = msgspec.msgpack.encode(some)
            with uncollected():  # as in the process that counts
                began = time.perf_counter()
                for chunk in batch:
                    count_owed(chunk)
                counted = time.perf_counter()
            for record in msgspec.msgpack.decode(sent, type=list[ChunkRecord]):
                written.append(record)
            recorded = time.perf_counter()
            working = sum(one.checking_seconds + one.generating_seconds for one in some)
            costs.append(Batch(working, counted - began, recorded - counted))
    return costs


def say(line: str) -> None:
    print(line, flush=True)


def measured(budget: float, *, quick: bool) -> Found:
    """All parts, in this order: rank, storage, workers and the simulation, and with what is left of the time, cases."""
    began = time.monotonic()
    place = {"torch": str(torch.__version__), "python": platform.python_version(), "machine": platform.machine(),
             "budget": budget, "when": datetime.now(UTC).isoformat(timespec="seconds"), "quick": quick}  # fmt: skip
    found = Found(place)
    torch.set_num_threads(1)
    warm_up()
    for word, sizes, names in (
        ("ranks", scale_points.RANKS, scale_points.of_rank),
        ("storages", scale_points.ELEMENTS, scale_points.of_storage),
    ):
        until = time.monotonic() + SHARE * max(0.0, began + budget - time.monotonic())
        points, left_out = scale_points.points(sizes, names, 3, until)
        getattr(found, word).extend(points)
        if left_out:
            found.left_out[word] = left_out
        say(f"{len(points):>10} {word} measured, {len(left_out)} left out")
    with_workers(found, QUICK_WHOLE if quick else WHOLE)
    grow(found, WANTED[:2] if quick else WANTED, began + budget)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="What a run of viewproof costs as work grows.")
    parser.add_argument("--out", type=Path, default=Path("viewproof-scale"), metavar="DIR")
    parser.add_argument("--budget", type=float, default=900.0, metavar="SECONDS", help="How long it may take.")
    parser.add_argument("--quick", action="store_true", help="Few suites and at most 10^5 cases: some two minutes.")
    asked = parser.parse_args()
    found = measured(asked.budget, quick=asked.quick)
    asked.out.mkdir(parents=True, exist_ok=True)
    write_page(found, asked.out)
    say(f"wrote {asked.out / 'scale.md'}")


if __name__ == "__main__":
    main()
