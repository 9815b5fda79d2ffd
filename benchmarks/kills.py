"""Kills runs and goes on with them, and compares the end with that of a run that nobody killed: `python
benchmarks/kills.py [QUERY...] [--kills 50] [--seed 0] [--every SECONDS]`.

The driver gets SIGKILL at random instants, from the first half second on; after each it is started again with
`--resume`, or anew where it had not come to have a run.json. With `--every` it is killed each SECONDS until it ends.
Checked: that within a second of each kill no process of the run is left (each inherits a word in its environment, by
which it is found), and that at the end the summary says what the undisturbed run's says, in all but times. The exit
status is 1 where either does not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from viewproof.records.directory import read_directory
from viewproof.records.same import differences

#: The first instant at which a driver is killed, and how long its processes may outlive it; in seconds.
FIRST, OUTLIVE = 0.5, 1.0
#: What a run that was killed may say otherwise at its end: how long it took, and the links of a journal in which lines
#: stand in another order.
TIMES = ("seconds", "checking_seconds", "journal")
MARK = "VIEWPROOF_KILLS_MARK"
#: A run that never ends by itself, killed every few seconds: so many kills are enough to say so.
MOST_KILLS = 1000


@dataclass(slots=True)
class Report:
    """What was seen: kills, runs that came to their end, times until no process was left, and what was wrong."""

    kills: int = 0
    ended: int = 0
    anew: int = 0
    gone_after: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def processes_of(mark: str) -> list[int]:
    """The processes whose environment has the mark, but for zombies, which have none any more."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:  # it has ended meanwhile, or is somebody else's
                continue
            if wanted in environment.split(b"\0"):
                found.append(int(folder.name))
    return found


def wait_until_gone(mark: str) -> tuple[float, list[str]]:
    """Seconds until no process of the run was left, and those that are left after a second, which are ended then."""
    began = time.monotonic()
    while (left := processes_of(mark)) and time.monotonic() - began < OUTLIVE:
        time.sleep(0.01)
    seconds = time.monotonic() - began
    named = []
    for pid in left:
        with suppress(OSError):
            named.append(
                Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:120]
            )
            os.kill(pid, signal.SIGKILL)
    return seconds, named


class Asked(NamedTuple):
    """What is run: queries, and the number of worker processes."""

    queries: tuple[str, ...]
    jobs: str

    def command(self, out: Path) -> list[str]:
        """The command that begins the run in `out`, or goes on with it where there is something to go on with."""
        begun = (out / "run.json").exists()
        asked = ["--resume", str(out)] if begun else [*self.queries, "--out", str(out)]
        return [sys.executable, "-W", "ignore", "-m", "viewproof.cli", "run", *asked, "--jobs", self.jobs]


def run_until(command: Sequence[str], mark: str, killed_after: float | None) -> subprocess.CompletedProcess[str] | None:
    """Run it to its end, or until it is killed: then None."""
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, MARK: mark}
    )
    try:
        said, _ = started.communicate(timeout=killed_after)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if started.poll() is None:
            started.kill()
            started.wait()
        if started.stdout is not None:
            started.stdout.close()
    return subprocess.CompletedProcess(command, started.returncode, said, "")


def what_it_says(out: Path) -> dict[str, Any]:
    """The summary of the run there, without times."""
    summary: dict[str, Any] = msgspec.to_builtins(read_directory(out).summary)
    return {name: value for name, value in summary.items() if name not in TIMES}


def unlike(whole: Path, killed: Path) -> Iterator[str]:
    """What the two runs say differently: their summaries, and their records."""
    one, other = what_it_says(whole), what_it_says(killed)
    yield from (
        f"summary {name}: {one[name]!r:.200} -> {other[name]!r:.200}" for name in one if one[name] != other[name]
    )
    before, after = read_directory(whole).records or [], read_directory(killed).records or []
    yield from map(str, differences(before, after)[:10])


def kill_and_go_on(asked: Asked, whole: Path, folder: Path, instants: Iterator[float], most: int) -> Report:
    """Kill runs at these instants after each start, until there were so many kills; each run comes to its end."""
    report, rounds = Report(), 0
    while report.kills < most:
        rounds += 1
        out, of_round = folder / f"killed-{rounds}", 0
        while True:
            mark, after = uuid4().hex, next(instants) if report.kills < most else None
            report.anew += of_round > 0 and not (out / "run.json").exists()
            done = run_until(asked.command(out), mark, after)
            if done is not None:
                break
            report.kills += 1
            of_round += 1
            seconds, left = wait_until_gone(mark)
            report.gone_after.append(seconds)
            if left:
                report.wrong.append(f"kill {report.kills}, after {after:.2f} s: a second later there was {left}")
            print(f"kill {report.kills} after {after:.2f} s: {lines_in(out)} lines; none left after {seconds:.2f} s")
        report.ended += 1
        if done.returncode not in {0, 1}:
            report.wrong.append(f"round {rounds}: exit status {done.returncode}: {done.stdout.strip()[-300:]}")
            continue
        found = list(unlike(whole, out))
        report.wrong += [f"round {rounds}: {one}" for one in found]
        print(f"round {rounds}: ended after {of_round} kills, {'not ' if found else ''}as the undisturbed run")
        shutil.rmtree(out)
    return report


def lines_in(out: Path) -> int:
    """How many lines the journal there has."""
    journal = out / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole benchmark. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", nargs="*", default=["aten.slice"], help="what is run (aten.slice)")
    parser.add_argument("--kills", type=int, default=50, help="how many kills there are (50)")
    parser.add_argument("--seed", type=int, default=0, help="of the random instants (0)")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="kill each SECONDS instead, until the run ends")
    parser.add_argument("--jobs", default="2", help="worker processes (2)")
    given = parser.parse_args(arguments)
    asked = Asked(tuple(given.queries), given.jobs)
    with tempfile.TemporaryDirectory(prefix="viewproof-kills-") as name:
        folder = Path(name)
        whole, began = folder / "whole", time.monotonic()
        done = run_until(asked.command(whole), uuid4().hex, None)
        seconds = time.monotonic() - began
        if done is None or done.returncode not in {0, 1}:
            print("the undisturbed run failed", done and done.stdout)
            return 1
        print(f"undisturbed: {seconds:.1f} s, {lines_in(whole)} chunks, exit status {done.returncode}")
        rng = random.Random(given.seed)  # noqa: S311  nothing is kept secret by it
        last = max(seconds, 2 * FIRST)
        if given.every is None:
            instants = iter(lambda: rng.uniform(FIRST, last), None)
            report = kill_and_go_on(asked, whole, folder, instants, given.kills)
        else:
            report = _every(asked, whole, folder, given.every)
    latest = max(report.gone_after, default=0.0)
    print(
        f"{report.kills} kills, {report.ended} runs came to their end, {report.anew} were begun anew; "
        f"no process was left {latest:.2f} s after a kill at the latest; {len(report.wrong)} things were wrong"
    )
    for one in report.wrong:
        print(f"WRONG {one}")
    return bool(report.wrong)


def _every(asked: Asked, whole: Path, folder: Path, seconds: float) -> Report:
    """One run, killed each `seconds` until it ends, or does not."""
    report, out, began = Report(), folder / "killed", time.monotonic()
    while report.kills < MOST_KILLS:
        mark = uuid4().hex
        report.anew += report.kills > 0 and not (out / "run.json").exists()
        done = run_until(asked.command(out), mark, seconds)
        if done is not None:
            break
        report.kills += 1
        gone, left = wait_until_gone(mark)
        report.gone_after.append(gone)
        if left:
            report.wrong.append(f"kill {report.kills}: a second later there was {left}")
        summary = "a summary" if (out / "summary.json").exists() else "no summary"
        print(f"kill {report.kills}: {lines_in(out)} lines, {summary}")
    else:
        report.wrong.append(f"it did not end within {MOST_KILLS} kills")
        return report
    report.ended = 1
    print(f"ended with status {done.returncode} after {report.kills} kills, {time.monotonic() - began:.1f} s in all")
    if done.returncode not in {0, 1}:
        report.wrong.append(f"exit status {done.returncode}: {done.stdout.strip()[-300:]}")
    else:
        report.wrong += unlike(whole, out)
    return report


if __name__ == "__main__":
    sys.exit(main())
