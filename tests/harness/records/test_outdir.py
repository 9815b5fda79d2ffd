"""A run directory is made ready for a run or named as what cannot be; one that goes on loses what it concluded."""

import pytest

from viewproof.errors import UsageError
from viewproof.records.outdir import begun_place, claim, claim_again, found_place, write_json

CONCLUSIONS = {"summary.json", "report.md", "report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json"}


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    for name in (*CONCLUSIONS, "journal.jsonl", "workers.log", ".report.md.half", ".compared.json", "kept.txt"):
        (folder / name).write_text("earlier")
    write_json(folder / "run.json", {"plan": "sha256:0"})
    return folder


def test_a_new_run_replaces_all_of_an_earlier_one(out):
    claim(out)
    # The earlier run.json stays until the new one takes its place: a kill in between leaves a run's directory.
    assert {path.name for path in out.iterdir()} == {"kept.txt", "run.json"}
    claim(out)


def test_what_a_run_left_that_was_killed_before_it_began_is_a_place_for_a_new_one(tmp_path):
    for name in (".lock", ".run.json.half", ".run.json.probe"):
        (tmp_path / name).touch()
        found_place(tmp_path)
    with pytest.raises(UsageError, match="got one that was ended before; begin it anew"):
        begun_place(tmp_path)
    (tmp_path / "thesis.txt").touch()
    begun_place(tmp_path)
    with pytest.raises(UsageError, match="got something else"):
        found_place(tmp_path)


def test_what_is_kept_of_a_conclusion_stays(out):
    claim_again(out, ("summary.json",))
    assert (out / "summary.json").exists()
    assert not (out / "report.md").exists()


def test_a_run_that_goes_on_keeps_what_it_did_and_not_what_it_concluded(out):
    claim_again(out)
    assert {path.name for path in out.iterdir()} == {
        "run.json", "journal.jsonl", "workers.log", ".compared.json", "kept.txt",
    }  # fmt: skip
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
