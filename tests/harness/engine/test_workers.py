"""No crash is lost, whichever the pool hears of first, that a worker took a task or that it is dead."""

import os
import time
from collections import Counter, deque
from dataclasses import replace
from functools import partial
from multiprocessing import connection

import pytest
from pebble.pool import process as pebble_process

from viewproof.engine.batch import Batch
from viewproof.engine.pool import run_chunks
from viewproof.engine.split import Piece
from viewproof.engine.workers import REVIVALS, PoolBroken, Workers
from viewproof.records.chunk import Chunk


def chunk(family):
    return Chunk(
        suite="views",
        operator="aten.alias.default",
        family=family,
        profile="quick",
        device="cpu",
        targets=("eager", "meta"),
        rules=("layout.size", "layout.stride"),
    )


def verdicts(records):
    found = {}
    for record in records:
        total: Counter[str] = Counter()
        for tally in record.tallies:
            total.update(tally.verdicts)
        found[record.family] = (dict(total), {failure.difference for failure in record.failures})
    return found


@pytest.fixture
def files(tmp_path, monkeypatch):
    """What the worker that dies writes, and what it and a busy one wait for."""
    names = {"ONCE": "died", "GO": "go", "END": "end"}
    for variable, name in names.items():
        monkeypatch.setenv(f"VIEWPROOF_TEST_{variable}", str(tmp_path / name))
    return {variable: tmp_path / name for variable, name in names.items()}


class Late:
    """Keeps back the message that the dying worker took its task, until that worker was looked at dead, and twice.

    It dies when the message of the `others` that took a task has been dealt with.
    """

    def __init__(self, files, others):
        self.files, self.others = files, others
        self.heard, self.kept, self.looks = 0, [], 0
        self.receive = pebble_process.WorkerManager.receive
        self.inspect = pebble_process.WorkerManager.inspect_workers

    def dying(self):
        while not self.files["ONCE"].exists() or not (written := self.files["ONCE"].read_text()):
            time.sleep(0.01)
        return int(written)

    def message(self, manager, timeout):
        if self.heard == self.others:
            self.files["GO"].touch()
        if self.kept and self.looks >= 2:
            return self.kept.pop()
        found = self.receive(manager, timeout)
        if not isinstance(found, pebble_process.Acknowledgement) or self.looks:
            return found
        if found.worker == self.dying():
            self.kept.append(found)
            return pebble_process.NoMessage()
        self.heard += 1
        return found

    def look(self, manager):
        dead = [
            one
            for one in list(manager.workers.values())
            if self.files["GO"].exists() and one.pid == self.dying() and connection.wait([one.sentinel], 0)
        ]
        try:
            return self.inspect(manager)
        finally:
            self.looks += bool(dead or self.looks)
            if self.looks >= 2:
                self.files["END"].touch()


@pytest.mark.parametrize("others", [0, 1])
def test_a_death_that_is_seen_before_the_task_is_known_to_run_is_the_tasks(fake, files, monkeypatch, others):
    """Alone, the pool would break as a whole and run the task again; beside a busy worker it would wait in vain."""
    late = Late(files, others)

    def receive(manager, timeout):
        return late.message(manager, timeout)

    def inspect_workers(manager):
        return late.look(manager)

    monkeypatch.setattr(pebble_process.WorkerManager, "receive", receive)
    monkeypatch.setattr(pebble_process.WorkerManager, "inspect_workers", inspect_workers)
    batches = [[chunk("busy")]] * others + [[chunk("once"), chunk("flat")]]
    found = verdicts(run_chunks(batches, fake.WORK, jobs=1 + others, limit=30))
    assert late.looks >= 2
    assert found.pop("busy", ({"pass": 32}, set())) == ({"pass": 32}, set())
    assert found == {"once": ({"pass": 32}, set()), "flat": ({"crash": 32}, {"SIGABRT, only in a batch"})}


@pytest.fixture
def workers(fake):
    pool = Workers(1, run=fake.check_all, initializer=partial(fake.start, ()), forked=False)
    yield pool
    pool.stop()


def test_of_a_pool_that_breaks_the_batch_that_ended_its_worker_is_known(workers, files, monkeypatch):
    """Whatever the pool broke of: here it takes no further task, and has told of none."""
    monkeypatch.setattr(
        pebble_process.WorkerManager, "receive", lambda *_: time.sleep(0.01) or pebble_process.NoMessage()
    )
    files["GO"].touch()
    guilty, other = (Batch([Piece(chunk(family), 60.0)]) for family in ("once", "flat"))
    waiting, running = deque([guilty]), {}
    assert workers.work_off(waiting, running) == ([], [])
    (worker,) = workers.begun.processes
    connection.wait([worker.sentinel])

    def refuse(*_arguments, **_more):
        raise RuntimeError("Unexpected error within the Pool")

    monkeypatch.setattr(workers.pool, "schedule", refuse)
    waiting.append(other)
    came, again = workers.work_off(waiting, running)
    assert [(one.batch, one.error.exitcode) for one in came] == [(guilty, -6)]
    assert (again, list(waiting), running) == ([], [other], {})
    assert workers.revivals == 0, "a batch was to blame"


def test_a_pool_that_breaks_of_nothing_gives_its_batches_back(workers, monkeypatch):
    monkeypatch.setattr(
        pebble_process.WorkerManager, "receive", lambda *_: time.sleep(0.01) or pebble_process.NoMessage()
    )
    batch = Batch([Piece(chunk("flat"), 60.0)])
    waiting, running = deque([batch]), {}
    assert workers.work_off(waiting, running) == ([], [])
    workers.pool.stop()
    assert workers.work_off(waiting, running) == ([], [batch])
    assert (workers.revivals, workers.pool.active) == (1, True)


def test_workers_that_die_before_they_take_work_end_the_run(fake):
    work = replace(fake.WORK, start=os._exit)
    with pytest.raises(PoolBroken, match=f"died {REVIVALS + 1} times without taking work"):
        list(run_chunks([[chunk("flat")]], work, jobs=1, imports=3))
