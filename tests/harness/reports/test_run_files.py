"""All files of a finished run are written, or none; and no text of a run keeps them from being written."""

import xml.etree.ElementTree as ET
from pathlib import Path

import made_run
import pytest
from full_disk import fill

from viewproof.errors import NotWritten
from viewproof.records.directory import read_directory
from viewproof.reports.run_files import write_report_pages, write_reports

CASE = "aten.alias.default(float32[1])"
NAMES = {"report.md", "report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json"}


@pytest.fixture
def run(tmp_path):
    """A run with a failure whose message, case and difference UTF-8 cannot hold."""
    failure = made_run.failure(f"{CASE}\ud800", observed="raises \ud800", difference="\udcff differs")
    return read_directory(made_run.write(tmp_path / "run", [made_run.record([CASE], [failure])]))


def test_a_message_that_utf_8_cannot_hold_is_spelled_out_in_every_report(run):
    assert run.records[0].failures[0].observed == "raises \\ud800"
    assert run.summary.findings[0].observed == "raises \\ud800"
    described = run.run | {"argv": ["--out", "\udcff"], "started": "\ud800"}
    write_reports(run.path, run.summary, described, run.records)
    for name in ("report.md", "junit.xml", "report.html", "summary.md"):
        assert "ud800" in (run.path / name).read_bytes().decode(), name
    ET.parse(run.path / "junit.xml")  # noqa: S314  -- our own text
    assert {path.name for path in run.path.iterdir()} >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_full_disk_leaves_no_finished_report(run, name, monkeypatch):
    fill(monkeypatch, name)
    with pytest.raises(NotWritten, match=rf"{name}: cannot be written \(No space left on device\)"):
        write_reports(run.path, run.summary, run.run, run.records)
    assert {path.name for path in run.path.iterdir()} == {"run.json", "journal.jsonl", "summary.json"}


def test_the_pages_are_written_both_or_none(run, tmp_path, monkeypatch):
    out = tmp_path / "pages"
    out.mkdir()
    fill(monkeypatch, "report.html")
    with pytest.raises(NotWritten, match=r"report\.html: cannot be written"):
        write_report_pages(out, run.summary, run.run, run.records)
    assert list(out.iterdir()) == []
    monkeypatch.undo()
    write_report_pages(out, run.summary, run.run, run.records)
    assert {path.name for path in out.iterdir()} == {"report.md", "report.html"}
    assert Path(out / "report.md").read_text().startswith("# Does not conform")
