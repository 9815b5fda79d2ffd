"""viewproof's throughput beside another commit's, bare loops and torch's checkers: `python benchmarks/throughput.py`.

viewproof is run as a user runs it, as a command, and its `summary.json` is read; the peers and the bare loops run in
this process. With `--before COMMIT` that commit is measured in the same run, in turns. Nothing is judged here, and no
figure makes the exit status another one: see benchmarks/README.md for how to read the tables.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import platform
import signal
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from tabulate import tabulate

from bare import Floor, bare_programs, bare_views
from crossref import all_new, crossref_rows
from peers import Call, Timing, measure, opcheck, torch_peers
from versions import Run, Version, run_viewproof, versions
from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.installed import find_suite
from viewproof.evidence.expectation import accepted_cases
from viewproof.tensors.build import build_case
from viewproof_reference.replacements.crossref import LENIENCY


class Measured(NamedTuple):
    """One way to run viewproof: its queries, and its number of jobs (0: as many as it takes itself).

    `wall`: what counts is the whole run, and not the seconds of checking.
    """

    name: str
    queries: tuple[str, ...]
    jobs: int
    wall: bool = False

    def cost(self, run: Run) -> float:
        """The seconds that count."""
        return run.seconds if self.wall else run.checking_seconds


LEVEL_1 = Measured("level 1, 1 job", ("views/eager", "views/meta"), 1)
LEVELS_1_AND_2 = tuple([f"{suite}/{target}" for suite in ("views", "aliasing", "inplace", "replay")
                        for target in ("eager", "meta")])  # fmt: skip
PROGRAMS = Measured(
    "programs functionalized in both modes, 1 job",
    ("functionalization/functionalize", "functionalization/functionalize-copies"),
    1,
)
RUNS = (
    LEVEL_1,
    LEVEL_1._replace(name="level 1, 2 jobs", jobs=2),
    Measured("levels 1 and 2, 1 job", LEVELS_1_AND_2, 1),
    Measured("levels 1 and 2, 2 jobs", LEVELS_1_AND_2, 2),
    PROGRAMS,
)
WHOLE = Measured("viewproof run, all of it", (), 0, wall=True)
PARTS = ("runs", "whole", "bare", "crossref", "peers")
Best = dict[tuple[str, str], Run]


def best_runs(which: tuple[Measured, ...], those: list[Version], rounds: int, profile: str) -> Best:
    """The run of each version in each way that took least: in turns, since another process may have some seconds."""
    best: Best = {}
    for _ in range(rounds):
        for one in which:
            for version in those:
                arguments = [*one.queries, "--profile", profile, *(["--jobs", str(one.jobs)] if one.jobs else [])]
                run = run_viewproof(version, arguments)
                key = one.name, version.name
                if key not in best or one.cost(run) < one.cost(best[key]):
                    best[key] = run
    return best


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


def show_runs(which: tuple[Measured, ...], those: list[Version], best: Best) -> None:
    """The runs of every version, and how many times as fast as the one before this checkout is."""
    rows = []
    for one in which:
        for version in those:
            run = best[one.name, version.name]
            times = one.cost(best[one.name, those[0].name]) / one.cost(run) if version is not those[0] else None
            rows.append([
                one.name, version.name, run.cases, run.executions, run.checking_seconds, run.checking_rate,
                run.seconds, run.whole_rate, times,
            ])  # fmt: skip
    headers = [
        "viewproof run", "version", "cases", "executions", "checking s", "cases/s checking", "wall s", "cases/s wall",
        "times before",
    ]  # fmt: skip
    print(tabulate(rows, headers, floatfmt=("", "", "", "", ".2f", ",.0f", ".2f", ",.0f", ".2f")), end="\n\n")


def show_floors(floors: list[tuple[Floor, Measured]], version: Version, best: Best) -> None:
    """The bare loops, and how near to them this checkout comes."""
    rows = []
    for floor, one in floors:
        run = best.get((one.name, version.name))
        share = run.checking_rate / floor.rate if run is not None else None
        rows.append([floor.name, floor.cases, floor.calls, floor.raised, floor.seconds, floor.rate, share])
    headers = ["bare loop", "cases", "calls", "raised", "s", "cases/s", "viewproof's share"]
    print(tabulate(rows, headers, floatfmt=("", "", "", "", ".2f", ",.0f", ".2f")), end="\n\n")


def show_timings(head: str, timings: list[Timing], level_1: float | None) -> None:
    """A table of checkers, the first row being the one that the others are compared with.

    `level_1` is what level 1 of viewproof took for a case, in microseconds: every call is new to it and none is.
    """
    against = timings[0]
    rows: list[list[Any]] = []
    if level_1 is not None:
        rows.append(["viewproof run, level 1: eager and meta", "", "", level_1, against.first / level_1, level_1,
                     None if against.again is None else against.again / level_1, "a case"])  # fmt: skip
    for one in timings:
        again = None if one.again is None or against.again is None else against.again / one.again
        rows.append(
            [one.peer, one.calls, one.refused, one.first, against.first / one.first, one.again, again, one.note]
        )
    headers = [head, "calls", "refused", "us, first seen", "times", "us, seen before", "times", "note"]
    print(tabulate(rows, headers, floatfmt=("", "", "", ",.1f", ",.1f", ",.1f", ",.1f", "")), end="\n\n")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="viewproof's throughput, in one run with what it is compared with.")
    parser.add_argument("--before", metavar="COMMIT", help="measure this commit too, in turns (default: none)")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part, once or more (default: all)")
    parser.add_argument("--cases", type=int, default=2000, help="how many cases the calls are taken from")
    parser.add_argument("--opchecks", type=int, default=10, help="how many of them opcheck sees (default: 10)")
    parser.add_argument("--rounds", type=int, default=3, help="of how many rounds the best counts (default: 3)")
    parser.add_argument("--profile", default="quick", help="the profile of viewproof's own runs (default: quick)")
    found = parser.parse_args()
    if found.rounds < 1:
        parser.error(f"--rounds: wanted 1 or more, got {found.rounds}")
    return found


def show_checkers(calls: list[Call], rounds: int, level_1: float | None) -> None:
    """The tables of torch's crossref: with views reapplied, the way that counts, and made copies."""
    new = all_new(calls)
    for views, head in ((True, "views reapplied"), (False, "views made copies")):
        show_timings(f"crossref, {head}", measure(crossref_rows(new, views), rounds), level_1 if views else None)
    print("Torch compares size, dtype and significant strides, and stops at the first difference. Not compared by it:")
    for fact, said in LENIENCY.items():
        print(f"  {fact}: {said}")
    print()


def show_peers(calls: list[Call], given: argparse.Namespace, level_1: float | None) -> None:
    """The other peers, beside torch's functionalize crossref on all of the calls."""
    timings = measure([*crossref_rows(calls, True)[:2], *torch_peers(calls)], given.rounds)
    timings.append(opcheck(calls[:: max(1, len(calls) // max(1, given.opchecks))][: given.opchecks]))
    show_timings("all calls", timings, level_1)


def main() -> int:
    """Measure and print; the exit status is 0 unless something could not be run."""
    given = options()
    # Whoever stops it, the other commit's worktree goes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parts = given.only or PARTS
    torch.set_num_threads(1)
    # A refusal is logged with its traceback before it is raised: that would be timed on both sides.
    logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, "
          f"best of {given.rounds} rounds\n")  # fmt: skip
    best: Best = {}
    with versions(given.before) as those:
        now = those[-1]
        for part, which in (("runs", RUNS), ("whole", (WHOLE,))):
            if part in parts:
                found = best_runs(which, those, given.rounds, given.profile)
                show_runs(which, those, found)
                best |= found
    if "bare" in parts:
        floors = [(bare_views(given.profile, given.rounds), LEVEL_1),
                  (bare_programs(given.profile, given.rounds), PROGRAMS)]  # fmt: skip
        show_floors(floors, now, best)
    level_1 = best.get((LEVEL_1.name, now.name))
    microseconds = None if level_1 is None else 1e6 / level_1.checking_rate
    if "crossref" in parts or "peers" in parts:
        calls = build_calls(given.cases)
        if "crossref" in parts:
            show_checkers(calls, given.rounds, microseconds)
        if "peers" in parts:
            show_peers(calls, given, microseconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
