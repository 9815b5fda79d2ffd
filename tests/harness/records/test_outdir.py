"""A run directory is made ready for a run or named as what cannot be; one that goes on loses what it concluded."""

import pytest

from viewproof.errors import UsageError
from viewproof.records.outdir import claim, claim_again, write_json

CONCLUSIONS = {"summary.json", "report.md", "report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json"}


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    for name in (*CONCLUSIONS, "journal.jsonl", "workers.log", ".report.md.half", "kept.txt"):
        (folder / name).write_text("earlier")
    write_json(folder / "run.json", {"plan": "sha256:0"})
    return folder


def test_a_new_run_replaces_all_of_an_earlier_one(out):
    claim(out)
    assert {path.name for path in out.iterdir()} == {"kept.txt"}


def test_a_run_that_goes_on_keeps_what_it_did_and_not_what_it_concluded(out):
    claim_again(out)
    assert {path.name for path in out.iterdir()} == {"run.json", "journal.jsonl", "workers.log", "kept.txt"}
    assert (out / "journal.jsonl").read_text() == "earlier"


@pytest.mark.parametrize("name", ["journal.jsonl", "summary.json", "report.md", "workers.log"])
@pytest.mark.parametrize("ready", [claim, claim_again])
def test_a_folder_in_a_file_s_place_is_named(out, name, ready):
    (out / name).unlink()
    (out / name).mkdir()
    with pytest.raises(UsageError, match=rf"{name}: cannot be written \(Is a directory\)"):
        ready(out)


@pytest.mark.parametrize("ready", [claim, claim_again])
def test_a_file_in_the_folder_s_place_is_named(tmp_path, ready):
    (tmp_path / "out").write_text("years of work")
    with pytest.raises(UsageError, match=": cannot be written"):
        ready(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "years of work"
