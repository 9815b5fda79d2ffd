"""Workers die, hang and raise; every planned verdict is given all the same."""

import re
import sys
from collections import Counter
from dataclasses import replace

import pytest
from pebble.pool.process import TaskManager

from viewproof.engine import pool
from viewproof.engine.pool import run_chunks
from viewproof.engine.split import Piece, cut
from viewproof.records.chunk import Chunk


def chunk(family, operator="aten.alias.default", **more):
    return Chunk(
        suite="views",
        operator=operator,
        family=family,
        profile="quick",
        device="cpu",
        targets=("eager", "meta"),
        rules=("layout.size", "layout.stride"),
        **more,
    )


def run(fake, *chunks, **more):
    records = list(run_chunks([[one] for one in chunks], fake.WORK, jobs=2, **more))
    assert {record.chunk for record in records} == {chunk.name for chunk in chunks}
    assert all(tally.planned == sum(tally.verdicts.values()) for record in records for tally in record.tallies)
    return {record.family: record for record in records}


def verdicts(record):
    total: Counter[str] = Counter()
    for tally in record.tallies:
        total.update(tally.verdicts)
    return dict(total)


@pytest.fixture
def no_clock(tmp_path, monkeypatch):
    """A task's time is up where it hangs, and not before: the limits that are asked for, and no clock."""
    monkeypatch.setenv("VIEWPROOF_TEST_HANGING", str(tmp_path))
    limits = set()

    def is_up(task):
        limits.add(task.timeout)
        return task.started and (tmp_path / str(task.worker_id)).exists()

    monkeypatch.setattr(TaskManager, "timeout", staticmethod(is_up))
    return limits


def test_deaths_cost_one_case_on_one_target(fake, no_clock):
    records = run(fake, chunk("flat"), chunk("crash"), chunk("hang"), chunk("raise"), limit=400, shortest=150)
    assert no_clock == {400, 200, 150}
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records["crash"]) == {"pass": 30, "crash": 2}
    assert verdicts(records["hang"]) == {"pass": 30, "timeout": 2}
    assert verdicts(records["raise"]) == {"harness_error": 32}
    for family, cause in (("crash", "SIGSEGV"), ("hang", "timeout")):
        (failure,) = records[family].failures
        assert (failure.target, failure.case, failure.rule) == ("meta", "aten.alias.default(float32[6])", "layout.size")
        assert failure.difference == cause
        assert (records[family].cases, records[family].executions) == (8, 16)
        assert len(records[family].signatures) == 8
    assert "SIGSEGV" in records["crash"].failures[0].observed
    assert re.fullmatch(
        r"RuntimeError: a fault of the harness \(raised at viewproof/engine/pool\.py:\d+, in _run_one, "
        r"which led to \S+fake_run\.py:\d+, in check\)",
        records["raise"].failures[0].observed,
    )
    assert records["raise"].failures[0].difference == "RuntimeError: a fault of the harness"


def test_the_cases_of_what_died_are_cut_in_quarters_down_to_one(fake):
    one = chunk("crash", start=1, stop=8)

    def parts(found):
        return [(part.chunk.start, part.chunk.stop) for part in found]

    by_target = cut(Piece(one, 60.0), fake.WORK, 1.0)
    assert [part.chunk.targets for part in by_target] == [("eager",), ("meta",)]
    quarters = cut(by_target[0], fake.WORK, 1.0)
    assert parts(quarters) == [(1, 2), (2, 4), (4, 6), (6, 8)]
    assert parts(cut(quarters[1], fake.WORK, 1.0)) == [(2, 3), (3, 4)]
    assert cut(quarters[0], fake.WORK, 1.0) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a worker has no child")
def test_deaths_of_its_children_cost_no_worker(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("VIEWPROOF_TEST_STARTED", str(tmp_path))
    work = replace(fake.WORK, start=fake.start_with_child)
    batches = [[chunk("flat"), chunk("crash"), chunk("raise")], [chunk("sequence")]]
    records = {record.family: record for record in run_chunks(batches, work, jobs=1)}
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records["crash"]) == {"pass": 30, "crash": 2}
    assert verdicts(records["raise"]) == {"harness_error": 32}
    assert verdicts(records["sequence"]) == {"crash": 32}
    (failure,) = records["crash"].failures
    assert (failure.target, failure.case, failure.difference) == ("meta", "aten.alias.default(float32[6])", "SIGSEGV")
    assert len([*tmp_path.iterdir()]) == 1, "one worker did it all"


def test_a_crash_that_no_part_shows_is_not_lost(fake):
    record = run(fake, chunk("sequence"))["sequence"]
    assert verdicts(record) == {"crash": 32}
    assert {failure.difference for failure in record.failures} == {"SIGABRT, only as a whole"}


def test_a_batch_that_dies_costs_no_more_than_its_guilty_case(fake):
    chunks = [chunk("flat"), chunk("crash"), chunk("raise")]
    records = {record.family: record for record in run_chunks([chunks], fake.WORK, jobs=2)}
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records["crash"]) == {"pass": 30, "crash": 2}
    assert verdicts(records["raise"]) == {"harness_error": 32}


def test_a_crash_that_no_chunk_of_a_batch_shows_alone_is_its_last_ones(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("VIEWPROOF_TEST_ONCE", str(tmp_path / "died"))
    chunks = [chunk("once"), chunk("flat")]
    records = {record.family: record for record in run_chunks([chunks], fake.WORK, jobs=1)}
    assert verdicts(records["once"]) == {"pass": 32}
    assert verdicts(records["flat"]) == {"crash": 32}
    assert {failure.difference for failure in records["flat"].failures} == {"SIGABRT, only in a batch"}


def test_what_is_known_to_die_is_cut_by_target_before_it_does(fake):
    asked = []
    work = replace(fake.WORK, deadly=lambda one: asked.append(one.family) or one.family == "crash")
    pieces = [Piece(chunk("crash"), 60.0)]
    parts = [part for batch in pool._first(pieces, work, 1.0) for part in batch.pieces]
    assert [part.chunk.targets for part in parts] == [("eager",), ("meta",)]
    assert all(part.parent is pieces[0] for part in parts)
    assert pool._first([Piece(chunk("flat"), 60.0)], work, 1.0)[0].pieces[0].chunk == chunk("flat")
    assert asked == ["crash", "flat"]


def test_a_known_death_is_waived(fake):
    record = run(fake, chunk("crash", "aten.known.default"))["crash"]
    assert verdicts(record) == {"pass": 30, "waived": 2}
    assert record.failures[0].known_issue == "seg-6"
    assert record.issues_shown == {"seg-6": 2}


def test_stopping_early_stops_the_workers(fake):
    running = run_chunks([[chunk("flat")], [chunk("hang")]], fake.WORK, jobs=2)
    assert next(running).family == "flat"
    running.close()
    with pytest.raises(StopIteration):
        next(running)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("place_that_dies", "the worker that was asked died of signal 4"),
        ("place_that_raises", "the worker that was asked raised RuntimeError: no word of it"),
    ],
)
def test_a_worker_that_cannot_say_where_it_runs_says_why_and_the_run_goes_on(fake, place, told):
    heard: list[object] = []
    work = replace(fake.WORK, place=getattr(fake, place))
    records = list(run_chunks([[chunk("flat")]], work, jobs=1, tell=heard.append))
    assert heard == [told]
    assert verdicts(records[0]) == {"pass": 32}


def test_one_worker_is_asked_where_it_runs_once(fake):
    heard: list[object] = []
    batches = [[chunk("flat", operator=f"aten.op{number}.default")] for number in range(4)]
    assert len(list(run_chunks(batches, fake.WORK, jobs=2, tell=heard.append))) == 4
    assert heard == [fake.PLACE]
