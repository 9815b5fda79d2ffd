"""`viewproof run` in processes of its own, whose memory is watched while it runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

#: Seconds between two looks at the processes.
LOOK = 0.1
#: Exit statuses of a run that ended, whatever it found.
FINISHED = (0, 1)


class Watched(NamedTuple):
    """A run that ended: what its summary.json says, in seconds; its wall clock with start-up and end; its journal's
    bytes; and the most memory that the driver, and any process below it, held at once, in bytes.

    The memory is the kernel's own high-water mark (VmHWM), and counts pages that a worker shares with the process that
    it was forked from. 0 where the system does not say it.
    """

    cases: int
    executions: int
    checking: float
    wall: float
    journal: int
    driver_memory: int
    worker_memory: int


def run_watched(arguments: Sequence[str], out: Path) -> Watched:
    """Run `viewproof run ARGUMENTS --out OUT`. Ends the benchmark where it fails."""
    command = [sys.executable, "-W", "ignore", "-m", "viewproof.cli", "run", *arguments, "--out", str(out)]
    began = time.perf_counter()
    driver, below = 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        while process.poll() is None:
            memory = memory_of(process.pid)
            driver = max(driver, memory.pop(process.pid, 0))
            below = max(below, *memory.values(), 0)
            time.sleep(LOOK)
        wall = time.perf_counter() - began
        said = "" if process.stdout is None else process.stdout.read()
    if process.returncode not in FINISHED:
        sys.exit(f"viewproof run {' '.join(arguments)}: wanted exit status 0 or 1, got {process.returncode}\n{said}")
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return Watched(
        summary["cases"], summary["executions"], summary["checking_seconds"], wall,
        (out / "journal.jsonl").stat().st_size, driver, below,
    )  # fmt: skip


def memory_of(process: int) -> dict[int, int]:
    """The high-water marks of a process and of all below it, in bytes; of those that are there now."""
    parents: dict[int, int] = {}
    marks: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            number = int(lines["Pid"])
            parents[number] = int(lines["PPid"])
            marks[number] = int(lines.get("VmHWM", "0 kB").split()[0]) * 1024
        except (OSError, KeyError, ValueError):
            continue  # it has just ended
    return {one: mark for one, mark in marks.items() if _is_below(one, process, parents)}


def _is_below(one: int, process: int, parents: Mapping[int, int]) -> bool:
    while one and one != process:
        one = parents.get(one, 0)
    return one == process
