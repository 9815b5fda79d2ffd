"""What every test shares: where the `cuda` tests are skipped, how Hypothesis behaves, and how scripts are run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from warm import Warm

# A case's cost is torch's affair, and a first call pays for imports: no deadline, and no complaint about slow data.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# In CI the same examples each time: a red run is red again on the developer's machine.
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def _no_cuda() -> str | None:
    """Say why CUDA tests cannot run here, or None where they can. Imports torch only when asked."""
    import torch

    if not torch.backends.cuda.is_built():
        return f"CUDA: not run (torch {torch.__version__} is built without it)"
    if not torch.cuda.is_available():
        return f"CUDA: not run (torch {torch.__version__} sees no device)"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests marked `long` first. Skip those marked `cuda`, with the reason, where there is no device."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    marked = [item for item in items if item.get_closest_marker("cuda") is not None]
    if not marked:
        return
    reason = _no_cuda()
    if reason is None:
        return
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def warm_torch() -> Iterator[Warm]:
    """Runs scripts that import torch, each in a process that is forked from one which has loaded it."""
    server = Warm("torch")
    yield server
    server.close()


@pytest.fixture(scope="session")
def warm_viewproof() -> Iterator[Warm]:
    """Runs verbs of the command line, each in a process that is forked from one which has loaded it and torch."""
    server = Warm("viewproof")
    yield server
    server.close()


#: `here` is the word that a script which would run itself in a process of its own is given there.
RUNNER = """
import json, runpy, sys, torch
_, seed, *paths = sys.argv
exec(seed)
found = {}
for path in paths:
    sys.argv[:] = [path, "here"]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        found[path] = end.code
print("statuses", json.dumps([found.get(path) for path in paths]))
"""


@pytest.fixture
def statuses(tmp_path, warm_torch):
    """Exit statuses of the scripts for some (target, rule, case), by these, once `seed` was executed."""

    def run(asked, seed=""):
        paths = []
        for number, (target, rule, text) in enumerate(asked):
            path = tmp_path / f"script{number}.py"
            path.write_text(_script(target, rule, text))
            paths.append(str(path))
        runner = tmp_path / "runner.py"
        runner.write_text(RUNNER)
        done = warm_torch.script(runner, seed, *paths)
        assert done.returncode == 0, done.stderr
        last = done.stdout.splitlines()[-1].removeprefix("statuses ")
        return dict(zip(asked, json.loads(last), strict=True))

    return run


@pytest.fixture
def alone(tmp_path):
    """Exit status and output of one script that is run by itself."""

    def run(target, rule, text):
        path = tmp_path / "alone.py"
        path.write_text(_script(target, rule, text))
        done = subprocess.run(
            [sys.executable, "-I", "-W", "ignore", str(path)], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    return run


def _script(target, rule, text):
    # Late: most tests need neither.
    from viewproof.cases import parse_case
    from viewproof.contract.repro import script_of

    return script_of(parse_case(text), target, rule)
