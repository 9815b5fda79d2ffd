"""Workers are forked from a process that has loaded torch, unless something may be loaded that no fork survives."""

import multiprocessing
import sys
import threading

import pytest

from viewproof.engine import forkserver
from viewproof.engine.forkserver import PRELOADED, workers_context


def has_loaded(modules, answers):
    answers.put(([name in sys.modules for name in modules], threading.active_count()))


def ask(context):
    answers = context.Queue()
    process = context.Process(target=has_loaded, args=(("torch", PRELOADED), answers))
    process.start()
    answer = answers.get(timeout=120)
    process.join()
    return answer


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_forked_worker_has_torch_and_one_thread():
    loaded, threads = ask(workers_context(forked=True))
    assert loaded == [True, True]
    assert threads == 1


def test_with_a_users_modules_a_worker_starts_from_nothing():
    assert workers_context(forked=False).get_start_method() == "spawn"


def test_so_it_does_where_there_is_no_fork_server(monkeypatch):
    monkeypatch.setattr(forkserver.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert workers_context(forked=True).get_start_method() == "spawn"
    forkserver.start_ahead()
