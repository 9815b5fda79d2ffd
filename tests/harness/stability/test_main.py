"""The job as it is started: its exit status, its table, wrong usage; with faked runs, and once with a real one."""

import os
import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest
from click.testing import CliRunner

from viewproof.stability import __main__ as job
from viewproof.stability.runs import REFERENCE

CASES = ["aten.alias.default(float32[1])"]


@pytest.fixture
def carried_out(machine, place, leave, made, monkeypatch, tmp_path):
    """Do a job whose runs are faked: `said` is the place, the records and the exit status of the run with settings."""

    def do(*arguments, there=None, records=None, status=0, reference=0, on=machine):
        asked = []

        def start(run, out, queries):
            asked.append((run.name, list(queries)))
            here, found = (place, None) if run.name == REFERENCE else (there or place, records)
            leave(job.place_of(run, out) / "run", found or [made.record(CASES)], here)
            return (reference if run.name == REFERENCE else status), "its last words"

        monkeypatch.setattr(job, "start", start)
        monkeypatch.setattr(job, "this_machine", lambda: on)
        own, queries = job.split_arguments(["--out", str(tmp_path / "out"), *arguments])
        done = CliRunner().invoke(job.main, own, obj=queries)
        return done, asked

    return do


def test_all_is_the_same(carried_out, place, tmp_path):
    done, asked = carried_out("threads=8", "--", "views", "aliasing", there=msgspec.structs.replace(place, threads=8))
    assert done.exit_code == 0, done.output
    assert asked == [("reference", ["views", "aliasing"]), ("many threads", ["views", "aliasing"])]
    page = (tmp_path / "out" / "stable.md").read_text()
    assert page in done.output
    assert "`threads=8`" in page


def test_a_setting_that_did_not_arrive_is_1(carried_out):
    done, _ = carried_out("threads=8")
    assert done.exit_code == 1
    assert "**did not arrive**: 1" in done.output


def test_a_verdict_that_changed_is_1(carried_out, place, made):
    failed = [made.record(CASES, [made.failure(CASES[0])])]
    done, _ = carried_out("threads=8", there=msgspec.structs.replace(place, threads=8), records=failed)
    assert done.exit_code == 1
    assert f"failure views/meta/layout.stride/{CASES[0]}: nothing -> fail" in done.output


def test_what_lacks_is_1_and_names_its_package(carried_out, machine):
    done, asked = carried_out("openblas", on=replace(machine, openblas=None))
    assert done.exit_code == 1
    assert "apt-get install libopenblas0-pthread" in done.output
    assert [name for name, _ in asked] == ["reference"]


def test_a_run_that_fails_is_3(carried_out):
    done, _ = carried_out("threads=8", status=3)
    assert done.exit_code == 3
    assert "its last words" in done.output


def test_nothing_is_compared_with_a_reference_that_fails(carried_out):
    done, asked = carried_out("threads=8", reference=3)
    assert done.exit_code == 3
    assert [name for name, _ in asked] == ["reference"]
    assert "many threads" not in (done.stdout or "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "x", "no-such"], "setting 'no-such': wanted one of capability=default, "),
        ([], "Missing option '--out'"),
        (["--out", __file__], "is a file"),
        (["--out", f"{__file__}/x"], "cannot be made"),
    ],
)
def test_wrong_usage_is_2(arguments, said, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(job, "start", lambda *_: pytest.fail("nothing is run"))
    done = CliRunner().invoke(job.main, arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_what_follows_two_dashes_are_queries():
    assert job.split_arguments(["--out", "x", "jobs=1", "--", "views", "a"]) == (
        ["--out", "x", "jobs=1"],
        ["views", "a"],
    )
    assert job.split_arguments(["--out", "x"]) == (["--out", "x"], [])


def test_a_real_job_of_a_few_chunks(tmp_path):
    """Eight threads arrive in the workers of a real run, whatever was inherited, and so does what they import."""
    command = [sys.executable, "-m", "viewproof.stability", "--out", str(tmp_path / "out"), "threads=8", "onednn=off"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "3"}
    done = subprocess.run(
        [*command, "--", "views/eager/layout/aten.alias.default"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if "`" in line]
    assert [(row[1], row[2], row[3].split()[0], row[5]) for row in cells if row[0] == "many threads"] == [
        ("`threads=8`", "8", "8", "0"),
        ("`onednn=off`", "off", "off", "0"),
    ]
