"""A process does what it may die of in a child: it outlives that, and a child ends with it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pebble import ProcessExpired

from viewproof.engine import child
from viewproof.engine.child import in_child, may_fork

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are told apart on Linux alone")

remembered: list[int] = []


def remember(number):
    remembered.append(number)
    return remembered


def refuse():
    raise LookupError("not here")


def exits(code):
    os._exit(code)


@pytest.fixture(autouse=True)
def ready(monkeypatch):
    """No child, and all threads that are here are known; the child ends with the test."""
    monkeypatch.setattr(child, "_child", None)
    monkeypatch.setattr(child, "_known", child._threads())
    yield
    if child._child is not None:
        child._child.pipe.close()
        child._child.ended(wait=True)


def test_it_remembers_what_it_did_and_its_parent_does_not():
    assert in_child(remember, 1) == [1]
    assert in_child(remember, 2) == [1, 2]
    assert remembered == []
    assert in_child(os.getppid) == os.getpid()


def test_what_is_raised_there_is_raised_here_and_it_goes_on():
    pid = in_child(os.getpid)
    with pytest.raises(LookupError, match="not here"):
        in_child(refuse)
    with pytest.raises(SystemExit):
        in_child(sys.exit, 3)
    assert in_child(os.getpid) == pid


@pytest.mark.parametrize(("code", "words"), [(0, "exit status 0"), (3, "exit status 3")])
def test_one_that_exits_is_heard_of_whatever_its_status(code, words):
    pid = in_child(os.getpid)
    with pytest.raises(ProcessExpired, match=words) as died:
        in_child(exits, code)
    assert died.value.exitcode == code
    assert in_child(os.getpid) not in {pid, os.getpid()}


def test_one_that_a_signal_ends_is_too():
    with pytest.raises(ProcessExpired, match="SIGKILL") as died:
        in_child(signal.raise_signal, signal.SIGKILL)
    assert died.value.exitcode == -signal.SIGKILL


def test_one_that_died_between_two_tasks_is_replaced():
    pid = in_child(os.getpid)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert in_child(os.getpid) != pid


def test_a_process_forks_where_nothing_is_lost_by_it(monkeypatch):
    assert (may_fork("cpu"), may_fork("meta"), may_fork("cuda:0")) == (True, True, False)
    with monkeypatch.context() as patch:
        patch.setattr(child, "_known", None)
        assert not may_fork("cpu"), "nobody has said which threads there are"
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        assert not may_fork("cpu"), "another waits for children"
    finally:
        signal.signal(signal.SIGCHLD, before)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        assert not may_fork("cpu"), "a thread that no child would have"
    finally:
        over.set()
        thread.join()


PRINTING = """
import ctypes, os
from viewproof.engine.child import in_child

def task(number):
    print(f"task {number} in Python", end="|")
    ctypes.CDLL(None).printf(b"task in C|")
    os.write(1, b"task below Python|")

print("before", end="|")
ctypes.CDLL(None).printf(b"before in C|")
for number in range(2):
    in_child(task, number)
    os.write(1, b"next|")
print("end", end="")
"""


def test_what_a_task_prints_is_said_once_and_before_the_next_task():
    done = subprocess.run([sys.executable, "-c", PRINTING], capture_output=True, text=True, check=True)
    said = done.stdout.split("|")
    first = said.index("next")
    assert sorted(said[:first]) == ["before", "before in C", "task 0 in Python", "task below Python", "task in C"]
    assert sorted(said[first + 1 : -2]) == ["task 1 in Python", "task below Python", "task in C"]
    assert said[-2:] == ["next", "end"]


PARENT = """
import os, sys, time
from viewproof.engine.child import in_child

def hang():
    print(os.getpid(), flush=True)
    time.sleep(600)

in_child(hang)
"""


def test_it_ends_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.01)
