"""Versions of viewproof that one benchmark measures in turns: this checkout's, and another commit's beside it.

Each runs in processes of its own, with the same Python and the same torch. A folder with the version's metadata, as an
installation leaves it, and its three source roots come first on PYTHONPATH: whatever else is installed is shadowed.
"""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
ROOTS = ("reference", "harness", "suites")
#: Exit statuses of a run whose figures count: it conforms, or it says where it does not.
FINISHED = (0, 1)
_COMMAND = "import sys; from viewproof.cli import main; sys.exit(main())"
_WHERE = """
import importlib, importlib.metadata as metadata, json
names = "viewproof", "viewproof_suites", "viewproof_reference"
places = [importlib.import_module(name).__file__ for name in names]
own = metadata.distribution("viewproof")
entries = [one for one in metadata.entry_points(group="viewproof.contracts") if one.dist.name == "viewproof"]
print(json.dumps([places, str(own.locate_file("")), [one.load().name for one in entries]]))
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `name` says which in tables, `root` is its checkout, `metadata` the folder made for it."""

    name: str
    root: Path
    metadata: Path

    def python(self, arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run Python on this version with `folder` as the current one; its output is text."""
        path = os.pathsep.join([str(self.metadata), *[str(self.root / root) for root in ROOTS]])
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=folder, env=environment
        )


@dataclass(frozen=True, slots=True)
class Run:
    """What one `viewproof run` said of itself."""

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


def run_viewproof(version: Version, arguments: Sequence[str]) -> Run:
    """Run `viewproof run` with `--out` in a temporary folder, and read its summary. Ends the benchmark if it failed.

    The summary is read as plain JSON: another commit's may have another schema.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        done = version.python(["-c", _COMMAND, "run", *arguments, "--out", str(out)], Path(folder))
        if done.returncode not in FINISHED:
            sys.exit(
                f"{version.name}, viewproof run {' '.join(arguments)}: wanted exit status 0 or 1, "
                f"got {done.returncode}\n{done.stdout}{done.stderr}"
            )
        found = json.loads((out / "summary.json").read_text())
    return Run(found["cases"], found["executions"], max(found["checking_seconds"], 1e-9), found["seconds"])


@contextmanager
def versions(before: str | None) -> Iterator[list[Version]]:
    """The commit `before` where one is given, then this checkout as it stands; gone from the disk afterwards.

    Ends the benchmark where git has no such commit, or where a version's modules or contracts are another's.
    """
    with tempfile.TemporaryDirectory(prefix="viewproof-versions-") as folder:
        place = Path(folder)
        now = _version("now", HERE, place / "now")
        if before is None:
            yield [now]
            return
        root = place / "checkout"
        _git("worktree", "add", "--detach", str(root), before)
        try:
            yield [_version("before", root, place / "before"), now]
        finally:
            _git("worktree", "remove", "--force", str(root))


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", "-C", str(HERE), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"git {' '.join(arguments)}: wanted exit status 0, got {done.returncode}\n{done.stderr}")


def _version(name: str, root: Path, metadata: Path) -> Version:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    folder = metadata / f"{project['name']}-{project['version']}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    lines = [f"[{group}]\n" + "".join(f"{one} = {place}\n" for one, place in those.items())
             for group, those in groups.items()]  # fmt: skip
    (folder / "entry_points.txt").write_text("\n".join(lines))
    # What an installation compiles: else the first run of a fresh checkout would be the slow one.
    for one in ROOTS:
        compileall.compile_dir(root / one, quiet=2)
    version = Version(name, root, metadata)
    _check(version, sorted(project["entry-points"]["viewproof.contracts"]))
    return version


def _check(version: Version, contracts: list[str]) -> None:
    done = version.python(["-c", _WHERE], version.metadata.parent)
    if done.returncode:
        sys.exit(f"{version.name} ({version.root}): wanted its modules imported\n{done.stderr}")
    places, installed, found = json.loads(done.stdout)
    strange = [place for place in places if not Path(place).is_relative_to(version.root)]
    if strange or Path(installed) != version.metadata or sorted(found) != contracts:
        sys.exit(
            f"{version.name} ({version.root}): wanted its own modules and contracts {contracts}, "
            f"got {places}, metadata in {installed}, contracts {found}"
        )
