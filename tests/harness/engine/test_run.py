"""The driver, with made-up suites: its directory, resume, exit status."""

import json

import pytest

from viewproof.engine import run as driver
from viewproof.engine.outdir import Selection
from viewproof.engine.query import UsageError
from viewproof.engine.run import RunRequest, execute


@pytest.fixture
def given(fake, monkeypatch):
    monkeypatch.setattr(driver, "load_suites", fake.suites)
    monkeypatch.setattr(driver, "plan_hash", lambda plan: f"sha256:{len(plan)}")
    monkeypatch.setattr(driver, "_coverage", lambda *_: {"operators": {}, "rules": {}})
    monkeypatch.setattr(driver, "_problems", lambda *_: [])
    monkeypatch.setattr(driver, "_write_report", lambda out, *_: (out / "report.md").write_text("# report\n"))
    return fake


def request(path, *queries, **more):
    return RunRequest(Selection(queries=queries), path / "out", jobs=1, **more)


def test_a_run_leaves_its_directory(given, tmp_path):
    finished = execute(request(tmp_path), given.WORK)
    assert finished.status == 0
    names = {path.name for path in finished.out.iterdir()}
    assert names == {"run.json", "journal.jsonl", "summary.json", "report.md", "workers.log"}
    summary = json.loads((finished.out / "summary.json").read_text())
    assert summary["planned"] == sum(summary["verdicts"].values()) == summary["verdicts"]["pass"] == 320
    assert finished.run["seed"] is None
    assert "cuda" in finished.run["not_run"]
    assert execute(request(tmp_path, "aliasing"), given.WORK).summary["planned"] == 32, "an earlier run is replaced"


def test_what_workers_write_to_standard_error_is_kept(given, tmp_path, monkeypatch, capfd):
    noisy = {"views": given.suite("views", families=lambda _operator, _profile: ("noisy",))}
    monkeypatch.setattr(driver, "load_suites", lambda: noisy)
    finished = execute(request(tmp_path), given.WORK)
    assert "said below Python" in (finished.out / "workers.log").read_text()
    assert "said below Python" not in capfd.readouterr().err


def test_a_killed_run_goes_on(given, tmp_path):
    whole = execute(request(tmp_path), given.WORK)
    journal = whole.out / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    again = execute(RunRequest(resume=whole.out, jobs=1), given.WORK)
    same = [{**finished.summary, "seconds": 0} for finished in (whole, again)]
    assert same[0] == same[1]
    assert len(journal.read_bytes().splitlines()) == len(lines)


def test_directories_that_are_no_place_for_a_run(given, tmp_path):
    (tmp_path / "out").mkdir()
    kept = tmp_path / "out" / "thesis.txt"
    kept.write_text("years of work")
    with pytest.raises(UsageError, match="output directory"):
        execute(request(tmp_path), given.WORK)
    assert kept.read_text() == "years of work"
    with pytest.raises(UsageError, match="cannot be written"):
        execute(RunRequest(out=kept / "out"), given.WORK)
    with pytest.raises(UsageError, match="run directory"):
        execute(RunRequest(resume=tmp_path / "nowhere"), given.WORK)


@pytest.mark.parametrize("device", ["foo", "meta"])
def test_devices_that_are_not_there(given, tmp_path, device):
    with pytest.raises(UsageError, match=f"device.*'{device}'"):
        execute(RunRequest(Selection(device=device), tmp_path / "out"), given.WORK)
    assert not (tmp_path / "out").exists()


def test_a_module_that_cannot_be_imported(given, tmp_path):
    with pytest.raises(UsageError, match="--import no_such_module"):
        execute(RunRequest(Selection(imports=("no_such_module",)), tmp_path / "out"), given.WORK)
