"""Starts one run of viewproof as a user would, in a clean environment plus the settings' variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from viewproof.place.variables import matters
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import ODD_NAME

#: Variables that say where things are found: kept, though they matter.
_KEPT = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
#: What a run says is shown where it gives no evidence: so many of its last lines.
SHOWN = 8


def environment_of(run: PlannedRun, inherited: Mapping[str, str]) -> dict[str, str]:
    """What the run is started with: nothing inherited that torch or its libraries read, but the settings' variables."""
    kept = {name: value for name, value in inherited.items() if name in _KEPT or not matters(name)}
    return kept | run.variables


def place_of(run: PlannedRun, out: Path) -> Path:
    """The folder that the run works in; its run directory is `run` in it."""
    folder = out / run.name.replace(" ", "-")
    return folder / ODD_NAME if run.odd_folder else folder


def start(run: PlannedRun, out: Path, queries: Sequence[str]) -> tuple[int, str]:
    """Run it, with nothing left of an earlier one; returns its exit status, and the end of what it said."""
    folder = place_of(run, out)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = environment_of(run, os.environ)
    # Not below `out`: the workers' server listens on a socket in there, whose path may have some hundred bytes only.
    with tempfile.TemporaryDirectory(prefix=f"{ODD_NAME} " if run.odd_folder else "viewproof-") as temporary:
        done = subprocess.run(
            [sys.executable, "-m", "viewproof.cli", "run", *queries, "--out", str(folder / "run"), *run.arguments],
            cwd=folder,
            env=environment | {"TMPDIR": temporary},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    (folder / "said.txt").write_text(done.stdout, encoding="utf-8")
    return done.returncode, "\n".join(done.stdout.splitlines()[-SHOWN:])
