"""A process does what it may die of in a child: it outlives that, and a child ends with it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from viewproof.engine import child, forking
from viewproof.engine.child import Child, Died, Faulty, Limits, in_child
from viewproof.engine.forking import may_fork
from viewproof.engine.process import memory_of

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
    monkeypatch.setattr(child, "_own_child", None)
    monkeypatch.setattr(forking, "_known", forking._threads())
    yield
    if child._own_child is not None:
        child._own_child.close()


def test_it_remembers_what_it_did_and_its_parent_does_not():
    assert in_child(remember, 1) == [1]
    assert in_child(remember, 2) == [1, 2]
    assert remembered == []
    assert in_child(os.getpid) != os.getpid()


def test_what_is_raised_there_is_said_here_and_it_goes_on():
    pid = in_child(os.getpid)
    with pytest.raises(Faulty, match="LookupError: not here"):
        in_child(refuse)
    with pytest.raises(Faulty, match="SystemExit: 3"):
        in_child(sys.exit, 3)
    assert in_child(os.getpid) == pid


@pytest.mark.parametrize(("code", "words"), [(0, "exit status 0"), (3, "exit status 3")])
def test_one_that_exits_is_heard_of_whatever_its_status(code, words):
    pid = in_child(os.getpid)
    with pytest.raises(Died, match=words) as died:
        in_child(exits, code)
    assert died.value.death.cause == f"exit {code}"
    assert in_child(os.getpid) not in {pid, os.getpid()}


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_one_that_a_signal_ends_is_too(name):
    with pytest.raises(Died, match=name) as died:
        in_child(os.kill, 0, signal.SIGKILL) if name == "SIGKILL" else in_child(
            signal.raise_signal, signal.Signals[name]
        )
    assert died.value.death.cause == name


def kill_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def test_one_that_kills_its_parent_costs_no_more_than_itself():
    with pytest.raises(Died, match="SIGKILL"):
        in_child(kill_parent)
    assert in_child(remember, 1) == [1]


def fork_on(seconds, path):
    """As a kernel that forks: the fork comes back from it as well, and sleeps in a session of its own."""
    if not os.fork():
        os.setsid()
        Path(path).write_text(str(os.getpid()))
        time.sleep(seconds)
    return os.getpid()


def gone(pid):
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_fork_that_a_task_leaves_answers_nothing():
    assert in_child(fork_on, 0, "/dev/null") == in_child(os.getpid)
    assert in_child(remember, 1) == [1]


FORKING = """
import os, sys
from pathlib import Path
from viewproof.engine.child import Child
from viewproof.engine.process import adopt_orphans
import test_child

adopt_orphans()
child = Child()
child.ask(test_child.fork_on, 600, sys.argv[1])
while not Path(sys.argv[1]).exists() or not Path(sys.argv[1]).read_text():
    pass
child.close()
"""


def test_what_it_forked_into_another_group_ends_with_it(tmp_path):
    here = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    subprocess.run([sys.executable, "-c", FORKING, str(tmp_path / "pid")], check=True, env=here, timeout=60)
    assert gone((tmp_path / "pid").read_text())


def hold_on(megabytes):
    held = bytearray(megabytes << 20)
    for place in range(0, len(held), 4096):
        held[place] = 1
    time.sleep(600)


def test_one_that_takes_too_much_memory_or_time_is_ended():
    for limits, task, cause in (
        (Limits(60, memory=memory_of(os.getpid()) + (64 << 20)), (hold_on, 256), "memory"),
        (Limits(0.2), (time.sleep, 600), "timeout"),
    ):
        one = Child()
        with pytest.raises(Died) as died:
            [*one.answers(child.once, *task, limits=limits)]
        assert died.value.death.cause == cause
        assert gone(one.pid)


def say_and_die():
    os.write(2, b"free(): invalid pointer 0x55aa\n")
    os.abort()


def test_its_last_words_are_told(tmp_path):
    heard = []
    one = Child(tmp_path / "notes", hear=heard.append)
    with pytest.raises(Died) as died:
        one.ask(say_and_die)
    assert died.value.death.observed == (
        "the process died with SIGABRT (free(): invalid pointer 0x...; in say_and_die, test_child.py:"
        f"{say_and_die.__code__.co_firstlineno + 2})"
    )
    assert b"Fatal Python error: Aborted" in b"".join(heard)


def test_one_that_died_between_two_tasks_is_replaced():
    pid = in_child(os.getpid)
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while child._own_child.alive:
        assert time.monotonic() < until
    assert in_child(os.getpid) != pid


def test_a_process_forks_where_nothing_is_lost_by_it(monkeypatch):
    assert (may_fork("cpu"), may_fork("meta"), may_fork("cuda:0")) == (True, True, False)
    with monkeypatch.context() as patch:
        patch.setattr(forking, "_known", None)
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
    assert gone(pid)
