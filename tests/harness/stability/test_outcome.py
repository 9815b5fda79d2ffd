"""A run is read back: its settings, its verdicts, and what it says otherwise than the reference."""

import msgspec
import pytest

from viewproof.stability.complex_dot import Dot
from viewproof.stability.outcome import compared, read_outcome
from viewproof.stability.preload import BrokenProduct
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import SETTINGS

THREADS = next(setting for setting in SETTINGS if setting.name == "threads=8")
CASES = ["aten.dot.default(complex64[5], complex64[5])", "aten.dot.default(float32[5], float32[5])"]


@pytest.fixture
def run(machine):
    return PlannedRun("many threads", ((THREADS, THREADS.ask(machine)),))


@pytest.fixture
def broken():
    seen = Dot(
        routine="cdotu", overload="aten.dot.default", dtype="complex64", torch=(0, 0), library=(5, 6), arithmetic=(5, 6)
    )
    return BrokenProduct(with_it=seen, without_it=msgspec.structs.replace(seen, torch=(5, 6), library=None))


def test_a_setting_that_arrived_is_read_back(run, leave, made, place, tmp_path):
    folder = leave(tmp_path / "run", [made.record(CASES)], msgspec.structs.replace(place, threads=8))
    outcome = read_outcome(run, folder, 0, "")
    assert outcome.why_none is None
    assert outcome.verdicts["pass"] == 8
    (reading,) = outcome.readings
    assert (reading.wanted, reading.got, reading.arrived) == ("8", "8", True)


def test_a_setting_that_did_not_arrive_is_found(run, leave, made, place, tmp_path):
    (reading,) = read_outcome(run, leave(tmp_path / "run", [made.record(CASES)], place), 0, "").readings
    assert (reading.got, reading.arrived) == ("1", False)


@pytest.mark.parametrize("status", [2, 3, -9, 139])
def test_a_run_that_failed_is_no_evidence(run, leave, made, place, tmp_path, status):
    outcome = read_outcome(run, leave(tmp_path / "run", [made.record(CASES)], place), status, "its last words")
    assert outcome.why_none == f"viewproof run ended with {status}: its last words"
    assert outcome.readings == ()


def test_a_run_whose_workers_do_not_say_where_they_ran_is_no_evidence(run, leave, made, tmp_path):
    outcome = read_outcome(run, leave(tmp_path / "run", [made.record(CASES)], None), 0, "")
    assert outcome.why_none == "no worker said where it runs: it died"


@pytest.mark.parametrize("name", ["run.json", "summary.json", "journal.jsonl"])
def test_a_file_that_is_broken_is_no_evidence(run, leave, made, place, tmp_path, name):
    folder = leave(tmp_path / "run", [made.record(CASES)], place)
    (folder / name).write_text("no JSON\n")
    assert name in read_outcome(run, folder, 0, "").why_none


def of_dot(made, *failures):
    return made.record(CASES, failures, operator="aten.dot.default")


def test_the_same_verdicts_are_no_difference(made, broken):
    assert compared([of_dot(made)], [of_dot(made)], [broken]) == ((), ())


def test_what_the_preload_breaks_is_explained_and_its_counts_with_it(made, broken):
    failed = of_dot(made, made.failure(CASES[0], operator="aten.dot.default"))
    changes, explained = compared([of_dot(made)], [failed], [broken])
    assert changes == ()
    assert [one.what for one in explained] == ["verdicts", "failure"]
    assert {one.what for one in compared([of_dot(made)], [failed], [])[0]} == {"verdicts", "failure"}


def test_another_dtype_or_overload_is_not_explained(made, broken):
    plain = of_dot(made, made.failure(CASES[1], operator="aten.dot.default"))
    changes, explained = compared([of_dot(made)], [plain], [broken])
    assert {one.what for one in changes} == {"verdicts", "failure"}
    assert explained == ()
    other = made.failure("aten.mv.default(complex64[5,5], complex64[5])", operator="aten.mv.default")
    record = made.record(CASES, operator="aten.mv.default")
    changes, explained = compared([record], [made.record(CASES, [other], operator="aten.mv.default")], [broken])
    assert changes
    assert explained == ()
