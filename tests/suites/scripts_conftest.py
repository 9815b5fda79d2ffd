"""Runs many scripts in one process, each as if it were alone there; torch is imported once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from viewproof.cases import parse_case
from viewproof.contract.repro import script_of

#: `here` is the word that a script which would run itself in a process of its own is given there.
RUNNER = """
import json, runpy, sys, torch
exec(sys.argv[1])
found, paths = {}, sys.argv[2:]
for path in paths:
    sys.argv[:] = [path, "here"]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        found[path] = end.code
print("statuses", json.dumps([found.get(path) for path in paths]))
"""


@pytest.fixture
def statuses(tmp_path):
    """Exit statuses of the scripts for some (target, rule, case), by these, once `seed` was executed."""

    def run(asked, seed=""):
        paths = []
        for number, (target, rule, text) in enumerate(asked):
            path = tmp_path / f"script{number}.py"
            path.write_text(script_of(parse_case(text), target, rule))
            paths.append(str(path))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RUNNER, seed, *paths], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        last = done.stdout.splitlines()[-1].removeprefix("statuses ")
        return dict(zip(asked, json.loads(last), strict=True))

    return run


@pytest.fixture
def alone(tmp_path):
    """Exit status and output of one script that is run by itself."""

    def run(target, rule, text):
        path = tmp_path / "alone.py"
        path.write_text(script_of(parse_case(text), target, rule))
        done = subprocess.run(
            [sys.executable, "-I", "-W", "ignore", str(path)], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    return run
