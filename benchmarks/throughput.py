"""viewproof's throughput beside torch's own checkers, in one run: `python benchmarks/throughput.py [--cases N]`.

viewproof is run as a user runs it, as a command, and its `summary.json` is read; the peers run in this process on the
accepted cases of the suite `views`. Nothing is judged here: see benchmarks/README.md for how to read the table.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tabulate import tabulate

from peers import Call, Timing, all_peers
from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.installed import find_suite
from viewproof.evidence.expectation import accepted_cases
from viewproof.records.outdir import SUMMARY
from viewproof.records.summary import read_summary
from viewproof.tensors.build import build_case

LEVEL_1 = ("views/eager", "views/meta")
LEVEL_2 = tuple(
    f"{suite}/{target}" for suite in ("views", "aliasing", "inplace", "replay") for target in ("eager", "meta")
)
FUNCTIONALIZED = ("functionalization/functionalize", "functionalization/functionalize-copies")
#: Exit statuses of a run whose figures count: it conforms, or it says where it does not.
FINISHED = (0, 1)


@dataclass(frozen=True, slots=True)
class Run:
    """What one `viewproof run` said of itself."""

    name: str
    cases: int
    executions: int
    checking_seconds: float
    seconds: float

    @property
    def checking_rate(self) -> float:
        """Cases a second of worker time: running, observing, judging, recording."""
        return self.cases / self.checking_seconds

    @property
    def whole_rate(self) -> float:
        """Cases a second of wall time: with start-up and case generation."""
        return self.cases / self.seconds


def best_of(rounds: int, name: str, queries: tuple[str, ...], jobs: int, profile: str) -> Run:
    """The run that checked in the least time: a quick one takes a second, and another process may have that second."""
    runs = [viewproof(name, queries, jobs, profile) for _ in range(rounds)]
    return min(runs, key=lambda run: run.checking_seconds)


def viewproof(name: str, queries: tuple[str, ...], jobs: int, profile: str) -> Run:
    """Run the command with `--out` in a temporary folder and read its summary."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-c",
            "import sys; from viewproof.cli import main; sys.exit(main())",
            "run",
            *queries,
        ]
        command += ["--jobs", str(jobs), "--profile", profile, "--out", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in FINISHED:
            sys.exit(f"{name}: wanted exit status 0 or 1, got {done.returncode}\n{done.stdout}{done.stderr}")
        summary = read_summary(Path(folder) / SUMMARY)
    return Run(name, summary.cases, summary.executions, max(summary.checking_seconds, 1e-9), summary.seconds)


def round_robin() -> Iterator[Case]:
    """Accepted quick cases of the suite `views` on strided bases, one of each operator and family in turn.

    So that no operator crowds out another. Dual bases would need a level that outlives their making.
    """
    suite = find_suite("views")
    sources = [
        iter(accepted_cases(operator, family, "quick"))
        for operator in suite.operators()
        for family in suite.families(operator, "quick")
    ]
    while sources:
        heads = [(source, next(source, None)) for source in sources]
        yield from (case for _, case in heads if case is not None and type(case.args[0]) is TensorArgument)
        sources = [source for source, case in heads if case is not None]


def resolve(operator: str) -> Any:
    """The overload of `aten.slice.Tensor`."""
    found: Any = torch.ops
    for part in operator.split("."):
        found = getattr(found, part)
    return found


def build_calls(wanted: int) -> list[Call]:
    """The calls of the first `wanted` cases, built once; a case's failure to build is ours, and ends the run."""
    calls: list[Call] = []
    for case in itertools.islice(round_robin(), wanted):
        args, kwargs = build_case(case, "cpu")
        calls.append((resolve(case.operator), tuple(args), dict(kwargs)))
    if not calls:
        sys.exit("the suite `views`: wanted accepted cases at the profile `quick`, found none")
    return calls


def show_runs(runs: list[Run]) -> None:
    rows = [
        [run.name, run.cases, run.executions, run.checking_seconds, run.checking_rate, run.seconds, run.whole_rate]
        for run in runs
    ]
    headers = ["viewproof run", "cases", "executions", "checking s", "cases/s checking", "wall s", "cases/s wall"]
    print(tabulate(rows, headers, floatfmt=("", "", "", ".2f", ",.0f", ".2f", ",.0f")), end="\n\n")


def show_peers(timings: list[Timing], viewproof_microseconds: float) -> None:
    rows: list[list[Any]] = [["viewproof, level 1, eager and meta", "", "", viewproof_microseconds, 1.0, ""]]
    rows += [
        [item.peer, item.calls, item.refused, item.microseconds, item.microseconds / viewproof_microseconds, item.note]
        for item in timings
    ]
    headers = ["on the same calls", "calls", "refused", "us a call", "times viewproof", "note"]
    print(tabulate(rows, headers, floatfmt=("", "", "", ",.1f", ",.1f", "")), end="\n\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="viewproof's throughput beside torch's own checkers, in one run.")
    parser.add_argument("--cases", type=int, default=2000, help="how many calls the peers make (default: 2000)")
    parser.add_argument("--opchecks", type=int, default=10, help="how many of them opcheck sees (default: 10)")
    parser.add_argument("--rounds", type=int, default=3, help="of how many runs the best counts (default: 3)")
    parser.add_argument("--profile", default="quick", help="the profile of viewproof's own runs (default: quick)")
    options = parser.parse_args()

    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    rounds, profile = options.rounds, options.profile
    level_1 = best_of(rounds, "level 1, 1 job", LEVEL_1, 1, profile)
    level_1_two = best_of(rounds, "level 1, 2 jobs", LEVEL_1, 2, profile)
    level_2 = best_of(rounds, "levels 1 and 2, 1 job", LEVEL_2, 1, profile)
    level_2_two = best_of(rounds, "levels 1 and 2, 2 jobs", LEVEL_2, 2, profile)
    programs = best_of(rounds, "programs functionalized in both modes, 1 job", FUNCTIONALIZED, 1, profile)
    show_runs([level_1, level_1_two, level_2, level_2_two, programs])
    for one, two in ((level_1, level_1_two), (level_2, level_2_two)):
        print(f"{two.name} against one: {one.seconds / two.seconds:.2f} times as fast by the wall")
    print()
    show_peers(all_peers(build_calls(options.cases), options.opchecks), 1e6 / level_1.checking_rate)


if __name__ == "__main__":
    main()
