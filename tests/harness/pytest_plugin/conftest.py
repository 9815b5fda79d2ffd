"""Sessions of pytest in a process of their own, over viewproof's suites, with wrong kernels where asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PATHS = [str(ROOT / root) for root in ("reference", "harness", "suites")]
#: One wrong meta kernel, and one that kills its process on one size: each on top of nothing but empty_strided.
SEEDS = """
import os
import signal

import torch

LIBRARY = torch.library.Library("aten", "IMPL")


def wrong(self):
    return torch.empty_strided(self.size(), [one + 1 for one in self.stride()], dtype=self.dtype, device="meta")


def deadly(self):
    if tuple(self.size()) == (4, 4) and self.dtype is torch.int8:
        os.kill(os.getpid(), signal.SIGSEGV)
    out = torch.empty(0, dtype=self.dtype, device=self.device)
    size, stride = list(self.size()), list(self.stride())
    return out.set_(self.untyped_storage(), self.storage_offset(), size[::-1], stride[::-1])


LIBRARY.impl("alias", wrong, "Meta")
LIBRARY.impl("t", deadly, "CPU")
"""


def plugin() -> list[str]:
    """What loads the plugin: nothing, where viewproof is installed with its entry point."""
    installed = metadata.entry_points(group="pytest11", name="viewproof")
    return [] if installed else ["-p", "viewproof.pytest_plugin"]


@pytest.fixture(scope="session")
def session():
    """Run a command line of pytest in a folder; `paths` are put before the source roots."""

    def run(folder, *arguments, paths=(), named=True):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, paths), *PATHS])}
        for name in [name for name in environment if name.startswith(("PYTEST_", "VIEWPROOF_"))]:
            del environment[name]
        words = [sys.executable, "-m", "pytest", *(plugin() if named else []), *map(str, arguments)]
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def seeds(tmp_path_factory):
    """A folder with the module of the wrong kernels."""
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "seeded_kernels.py").write_text(SEEDS)
    return folder
