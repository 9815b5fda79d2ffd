"""An environment made by README's first command, with nothing of the tests in it: what a user has, and no more.

It is made once a session, whatever the number of xdist's workers: the first that wants it makes it, others wait.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What is taken of the checkout: what a wheel is built from. Nothing of the tests, no environment, no run.
BUILT_FROM = ("README.md", "LICENSE", "pyproject.toml", "constraints.txt", "reference", "harness", "suites")


def first_command() -> list[str]:
    """README's first command, cut where it says `&&`: an environment, an install, a run."""
    _, block, *_ = (ROOT / "README.md").read_text(encoding="utf-8").split("\n```sh\n")
    return block.partition("\n```")[0].split(" && ")


Once = Callable[[Path, Callable[[Path], None]], Path]


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment's programs."""

    viewproof: Path
    python: Path

    def start(self, program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in `folder`, with no variable of this process's: no HOME, no terminal."""
        return subprocess.run(
            [program, *arguments], cwd=folder, env={"PATH": os.defpath}, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the session's, the same in each of xdist's workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "installed"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def once() -> Once:
    """`once(folder, make)` gives the folder, made by `make` unless another of the session's processes has made it."""

    def made(folder: Path, make: Callable[[Path], None]) -> Path:
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                unfinished = folder.with_suffix(".unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def installed(shared: Path, once: Once) -> Installed:
    """The environment. It is not moved once it is made: its programs name their Python by its path."""
    place = shared / "checkout"
    *making, running = first_command()

    def make(note: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name in BUILT_FROM:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy(ROOT / name, place / name)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", " && ".join(making)],
            cwd=place, env=_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{' && '.join(making)}\n{done.stdout}{done.stderr}"
        (note / "made").touch()

    once(shared / "made", make)
    program = place / running.split()[0]
    return Installed(program, program.with_name("python"))


def _environment() -> dict[str, str]:
    """The variables of this process, but for those that lead Python to another environment; `python3` is its Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    base = Path(sys.executable).parent
    path = os.pathsep.join((str(base), kept.get("PATH", os.defpath)))
    # Python compiles what it imports, in a fraction of the time in which pip compiles all of torch.
    return kept | {"PATH": path, "PIP_NO_COMPILE": "1"}
