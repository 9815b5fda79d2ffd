"""The busy loops are there while the command runs, and gone after it; the status is the command's."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "beside_busy_loops.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_loops_run_while_the_command_does_and_no_longer(script, monkeypatch):
    loops, during, popen = [], [], subprocess.Popen

    def noted(*arguments, **more):
        loops.append(popen(*arguments, **more))
        return loops[-1]

    def run(command, check):
        during.append((command, [loop.poll() for loop in loops]))
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(script.subprocess, "Popen", noted)
    monkeypatch.setattr(script.subprocess, "run", run)
    assert script.main(["the", "command"]) == 7
    assert during == [(["the", "command"], [None] * script.LOOPS)]
    assert None not in [loop.poll() for loop in loops]


def test_a_loop_ends_with_whoever_started_it(script):
    loop = subprocess.Popen([sys.executable, "-c", script.LOOP], stdin=subprocess.PIPE)
    loop.communicate()
    assert loop.returncode == 0


def test_no_command_is_wrong_usage():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "beside_busy_loops: wanted a command to run, got none\n")
