"""What a process prints, in Python and below it, goes to a log: also what it holds back, and also where it dies."""

import subprocess
import sys

import pytest

PRINTING = """
import ctypes, os, sys
from pathlib import Path
from viewproof.engine.prints import flush_prints, print_to

print("before")
libc = ctypes.CDLL(None)
print_to(Path(sys.argv[1]))
print("python")
print("python, to standard error", file=sys.stderr)
os.write(1, b"descriptor 1\\n")
os.write(2, b"descriptor 2\\n")
libc.puts(b"the C library")
print("half a line", end="")
libc.printf(b", half of C")
"""
WHOLE = {"python", "python, to standard error", "descriptor 1", "descriptor 2", "the C library"}


def run(tmp_path, more):
    log = tmp_path / "log"
    log.write_text("there already\n")
    done = subprocess.run(
        [sys.executable, "-c", PRINTING + more, str(log)], capture_output=True, text=True, check=False
    )
    return done, log.read_text().splitlines()


def test_all_of_it_is_in_the_log_and_what_came_before_is_where_it_was(tmp_path):
    done, lines = run(tmp_path, "")
    assert (done.stdout, done.stderr, done.returncode) == ("before\n", "", 0)
    assert lines[0] == "there already"
    assert WHOLE.issubset(lines)
    assert "half a line" in lines[-1]
    assert ", half of C" in lines[-1]


@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 11)"])
def test_whole_lines_outlive_the_process(tmp_path, death):
    done, lines = run(tmp_path, death)
    assert done.returncode in {3, -11}
    assert WHOLE.issubset(lines)


def test_what_is_held_back_can_be_handed_on(tmp_path):
    _, lines = run(tmp_path, "flush_prints(); os._exit(0)")
    assert {"half a line, half of C", ", half of Chalf a line"} & set(lines)


def test_a_process_without_streams_can_print_to_a_log(tmp_path):
    done, lines = run(tmp_path, "sys.stdout = sys.stderr = None\nprint_to(Path(sys.argv[1])); os.write(1, b'last')")
    assert done.returncode == 0
    assert lines[-1].endswith("last")
