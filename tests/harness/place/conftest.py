"""A process of its own that says where it runs, in an environment that is unlike this one in all that can be set."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys

import msgspec
import pytest

from viewproof.place import Place

PROGRAM = """
import sys, torch, msgspec
from viewproof.place import place_here
torch.set_num_threads(3)
print("before")
place = place_here()
print("after")
sys.stderr.write(msgspec.json.encode(place).decode())
"""


@pytest.fixture(scope="session")
def openblas():
    """What the loader finds another BLAS by; None where there is none."""
    return ctypes.util.find_library("openblas")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory, openblas):
    """The place of a process under other settings, and what that process wrote to standard output."""
    folder = tmp_path_factory.mktemp("place") / "ein Ümlaut"
    folder.mkdir()
    variables = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PATH": os.environ["PATH"],
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "PYTHONHASHSEED": "1",
        "TZ": "XYZ-12:45",
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    }
    if openblas is not None:
        variables |= {"LD_PRELOAD": openblas, "OPENBLAS_CORETYPE": "Prescott"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, env=variables, capture_output=True, text=True, check=True
    )
    return msgspec.json.decode(done.stderr[done.stderr.index("{") :], type=Place), done.stdout
