"""What a worker begins outlives it, and it is called alive until the pool knows of that."""

import multiprocessing
import os
import signal
from concurrent.futures import Future

import pytest

from viewproof.engine.forkserver import workers_context
from viewproof.engine.task_log import TaskLog, begin


@pytest.fixture
def begun(tmp_path):
    return TaskLog(tmp_path)


def test_a_task_is_unheard_of_from_its_beginning_until_the_pool_says_that_it_runs(begun):
    pid, task, future = os.getpid(), begun.number(), Future()
    assert (begun.last_of(pid), begun.unheard(pid)) == (None, False)
    begin(begun.folder, task)
    assert (begun.last_of(pid), begun.unheard(pid)) == (task, True), "begun before the driver had its future"
    begun.given(task, future)
    assert begun.unheard(pid)
    future.set_running_or_notify_cancel()
    assert not begun.unheard(pid)
    future.set_result(None)
    assert not begun.unheard(pid)
    begin(begun.folder, begun.number())
    assert begun.unheard(pid)


def _begin_and_end(folder, task, last):
    begin(folder, task)
    if last:
        os.kill(os.getpid(), last)


@pytest.mark.parametrize("method", sorted({"spawn", "forkserver"} & {*multiprocessing.get_all_start_methods()}))
def test_what_died_of_itself_is_known_by_its_task_and_how(begun, method):
    context = begun.context(workers_context(forked=method == "forkserver"))
    tasks = {last: begun.number() for last in (signal.SIGSEGV, 0, signal.SIGTERM)}
    for last, task in tasks.items():
        worker = context.Process(target=_begin_and_end, args=(begun.folder, task, last))
        worker.daemon = True
        worker.start()
        worker.join()
        assert (worker.exitcode, worker.daemon) == (-last, True)
        assert worker.is_alive(), "dead, and nobody has heard that its task runs"
        if last == signal.SIGTERM:
            worker.terminate()
            assert not worker.is_alive(), "it was made to end"
    assert {task: error.exitcode for task, error in begun.ended().items()} == {tasks[signal.SIGSEGV]: -signal.SIGSEGV}


def test_of_a_process_that_is_over_nothing_is_kept_but_what_is_open(begun):
    context = begun.context(workers_context(forked=False))
    done = Future()
    for task in (begun.number(), begun.number()):
        worker = context.Process(target=_begin_and_end, args=(begun.folder, task, 0))
        worker.start()
        worker.join()
        if not done.done():
            begun.given(task, done)
            done.set_result(None)
    assert len(begun.processes) == 1, "the first is over, and its task done"
    context.Process(target=_begin_and_end, args=(begun.folder, begun.number(), 0))
    assert begun.processes[0] is worker, "its task is not known to be done"
