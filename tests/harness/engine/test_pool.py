"""Workers die, hang and raise; every planned verdict is given all the same."""

import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from viewproof.engine import pool
from viewproof.engine.pool import REVIVALS, Figures, run_chunks
from viewproof.errors import PoolBroken
from viewproof.records.chunk import Chunk


def chunk(family, operator="aten.alias.default", device="cpu", **more):
    return Chunk(
        suite="views",
        operator=operator,
        family=family,
        profile="quick",
        device=device,
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


def test_deaths_cost_one_case_on_one_target(fake):
    records = run(fake, chunk("flat"), chunk("crash"), chunk("noted hang"), chunk("raise"), limit=1)
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records["crash"]) == {"pass": 30, "crash": 2}
    assert verdicts(records["noted hang"]) == {"pass": 30, "timeout": 2}
    assert verdicts(records["raise"]) == {"harness_error": 32}
    for family, cause in (("crash", "SIGSEGV"), ("noted hang", "timeout")):
        (failure,) = records[family].failures
        assert (failure.target, failure.case, failure.rule) == ("meta", "aten.alias.default(float32[6])", "layout.size")
        assert failure.difference == cause
        assert (records[family].cases, records[family].executions) == (8, 16)
        assert len(records[family].signatures) == 8
    assert "SIGSEGV" in records["crash"].failures[0].observed
    assert re.fullmatch(
        r"RuntimeError: a fault of the harness \(raised at viewproof/engine/keeper\.py:\d+, in _check_one, "
        r"which led to \S+fake_run\.py:\d+, in check\)",
        records["raise"].failures[0].observed,
    )
    assert records["raise"].failures[0].difference == "RuntimeError: a fault of the harness"


def test_deaths_of_its_workers_cost_no_keeper(fake, monkeypatch):
    started = []
    monkeypatch.setattr(pool, "_Keeper", lambda *how, real=pool._Keeper: started.append(how) or real(*how))
    figures = Figures()
    batches = [[chunk("flat"), chunk("crash"), chunk("raise")], [chunk("noted crash")]]
    records = {record.family: record for record in run_chunks(batches, fake.WORK, jobs=1, figures=figures)}
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records["crash"]) == verdicts(records["noted crash"]) == {"pass": 30, "crash": 2}
    assert verdicts(records["raise"]) == {"harness_error": 32}
    assert len(started) == 1
    assert figures.deaths > 2
    assert figures.peak > 0


@pytest.mark.parametrize(
    ("family", "expected", "differences"),
    [("once", {"flaky": 32}, {"SIGABRT, once"}), ("killed once", {"pass": 32}, set())],
)
def test_what_does_not_come_again_is_flaky_or_somebody_elses_doing(fake, tmp_path, family, expected, differences):
    batch = [chunk(f"{family}:{tmp_path / 'died'}"), chunk("flat")]
    once, flat = run_chunks([batch], fake.WORK, jobs=1)
    assert verdicts(once) == expected
    assert {failure.difference for failure in once.failures} == differences
    assert verdicts(flat) == {"pass": 32}


@pytest.mark.parametrize("noted", [True, False])
def test_what_kills_the_keeper_is_condemned_and_the_rest_goes_on(fake, noted):
    """A worker on a device is no fork, and its keeper's own child."""
    family = "kills its parent, noted" if noted else "kills its parent"
    batches = [[chunk("flat", device="cuda"), chunk(family, device="cuda")]]
    records = {one.family: one for one in run_chunks(batches, fake.WORK, jobs=1)}
    assert verdicts(records["flat"]) == {"pass": 32}
    assert verdicts(records[family]) == ({"pass": 30, "crash": 2} if noted else {"crash": 32})
    assert {failure.difference for failure in records[family].failures} == {"SIGKILL of its parent"}


def test_workers_that_die_before_they_take_work_end_the_run(fake, monkeypatch):
    monkeypatch.setattr(pool, "keep", fake.keeper_that_ends)
    with pytest.raises(PoolBroken, match=f"died {REVIVALS + 1} times without taking work: .* exit status 3"):
        list(run_chunks([[chunk("flat")]], fake.WORK, jobs=1))


def test_no_process_is_left_of_a_run_that_is_stopped(fake, tmp_path):
    running = run_chunks([[chunk(f"hang:{tmp_path / 'pid'}")], [chunk("flat")]], fake.WORK, jobs=2)
    assert next(running).family == "flat"
    until = time.monotonic() + 60
    while not (tmp_path / "pid").exists() or not (pid := (tmp_path / "pid").read_text()):
        assert time.monotonic() < until
        time.sleep(0.01)
    running.close()
    assert not Path(f"/proc/{pid}").exists()


def test_a_known_death_is_waived(fake):
    record = run(fake, chunk("crash", "aten.known.default"))["crash"]
    assert verdicts(record) == {"pass": 30, "waived": 2}
    assert record.failures[0].known_issue == "seg-6"
    assert record.issues_shown == {"seg-6": 2}


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("place_that_dies", "the worker that was asked: the process died with SIGILL"),
        ("place_that_raises", "the worker that was asked raised RuntimeError: no word of it"),
    ],
)
def test_a_worker_that_cannot_say_where_it_runs_says_why_and_the_run_goes_on(fake, place, told):
    heard: list[object] = []
    work = replace(fake.WORK, place=getattr(fake, place))
    records = list(run_chunks([[chunk("flat")]], work, jobs=1, tell=heard.append))
    assert len(heard) == 1
    assert str(heard[0]).startswith(told)
    assert verdicts(records[0]) == {"pass": 32}


def test_one_worker_is_asked_where_it_runs_once(fake):
    heard: list[object] = []
    batches = [[chunk("flat", operator=f"aten.op{number}.default")] for number in range(4)]
    assert len(list(run_chunks(batches, fake.WORK, jobs=2, tell=heard.append))) == 4
    assert heard == [fake.PLACE]


def test_a_record_that_cannot_be_read_is_a_crash_of_its_chunk(fake):
    record = pool._record_of(chunk("flat"), pool.Answer(0, b"\xc1"), fake.WORK)
    assert verdicts(record) == {"crash": 32}
    assert {failure.difference for failure in record.failures} == {"unreadable record"}
