"""What is read of a run directory agrees; what older versions and `crossref` leave is read as far as it goes."""

import shutil
from pathlib import Path

import made_run
import msgspec
import pytest

from viewproof.errors import UsageError
from viewproof.records.directory import conclusion_of, read_alone, read_directory, read_unfinished
from viewproof.records.outdir import write_json
from viewproof.records.run_json import read_run
from viewproof.records.summary import write_summary

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]
REPORTS = Path(__file__).parents[3] / "reports"


@pytest.fixture
def out(tmp_path):
    return made_run.write(tmp_path / "run", [made_run.record(CASES, [made_run.failure(CASES[1])])])


def test_a_run_is_read_whole(out):
    found = read_directory(out)
    assert found.sealed
    assert found.records == [made_run.record(CASES, [made_run.failure(CASES[1])])]
    assert found.run["suites"] == list(found.facts.suites) == ["views"]
    assert (found.schema, found.summary) == (2, read_alone(out / "summary.json")[0])


def test_a_run_without_digests_is_read_and_held_to_its_counts(out):
    found = read_directory(out)
    older = read_directory(made_run.as_older(out))
    assert not older.sealed
    assert older.records == found.records
    assert older.summary == msgspec.structs.replace(found.summary, journal="")
    (out / "journal.jsonl").write_text("")
    with pytest.raises(UsageError, match=r"summary\.json: wanted 0 cases, as the journal has, got 4"):
        read_directory(out)


def test_a_summary_that_was_published_alone_is_read(tmp_path):
    shutil.copy(REPORTS / "torch-2.13-cpu" / "summary.json", tmp_path)
    found = read_directory(tmp_path)
    assert (found.records, found.run) == (None, {})
    assert found.summary.planned > 10**6


def test_a_program_under_crossref_keeps_no_journal(tmp_path):
    write_json(tmp_path / "run.json", {"environment": {}, "crossref": {"program": "x.py"}})
    write_summary(tmp_path, made_run.summary([made_run.record(CASES)]))
    assert read_directory(tmp_path).records is None


def partial(out, **more):
    """The run as one that was stopped before all chunks of its plan had a record."""
    kept = read_directory(out).summary
    write_json(out / "run.json", made_run.run_of(**more))
    write_summary(out, msgspec.structs.replace(kept, stopped="SIGTERM", unrun=1))
    return read_directory(out)


def test_what_was_not_run_is_a_number_in_the_summary(out):
    found = partial(out, chunks=2)
    assert (found.summary.unrun, found.summary.verdicts["missing"], len(found.records)) == (1, 0, 1)


def test_where_every_chunk_has_its_record_none_was_left(out):
    with pytest.raises(UsageError, match=r"summary\.json: wanted 0 unrun, the chunks of the plan .*, got 1"):
        partial(out, chunks=1)


def test_only_a_summary_of_the_whole_journal_concludes_the_run(out):
    write_json(out / "run.json", made_run.run_of(plan=made_run.PLAN, chunks=1, known_issues="sha256:1"))
    run = read_run(out)
    kept = read_unfinished(out, run)
    summary = read_directory(out).summary
    assert conclusion_of(out, run, kept) == summary
    assert conclusion_of(out, run, kept._replace(link="sha256:other")) is None
    assert conclusion_of(out, run, kept._replace(torn=True)) is None
    other = [{"viewproof": "0.0.9"}, {"stopped": "SIGTERM", "unrun": 1}, {"cases": 5}, {"journal": ""}]
    for changes in other:
        write_summary(out, msgspec.structs.replace(summary, **changes))
        assert conclusion_of(out, run, kept) is None, changes
    (out / "summary.json").unlink()
    assert conclusion_of(out, run, kept) is None


def test_more_records_than_the_plan_has_chunks_are_refused(out):
    write_json(out / "run.json", made_run.run_of(chunks=0))
    with pytest.raises(UsageError, match="wanted at most 0 records, one a chunk of the plan, got 1"):
        read_directory(out)


@pytest.mark.parametrize(("name", "value"), [("torch", "1"), ("device", "cuda"), ("profile", "full"), ("plan", "x")])
def test_a_run_json_of_another_run_is_refused(out, name, value):
    write_json(out / "run.json", made_run.run_of(selection=None, **{name: value}))
    with pytest.raises(UsageError, match=rf"summary\.json: wanted {name} {value}, as run\.json has"):
        read_directory(out)


def test_a_run_goes_on_without_a_summary_and_with_a_torn_end(out):
    write_json(out / "run.json", made_run.run_of(plan=made_run.PLAN))
    (out / "summary.json").unlink()
    (out / "journal.jsonl").write_bytes((out / "journal.jsonl").read_bytes() + b'{"chunk')
    kept = read_unfinished(out, read_run(out))
    assert (len(kept.records), kept.torn) == (1, True)
    write_json(out / "run.json", made_run.run_of())
    with pytest.raises(UsageError, match=r"run\.json: wanted a plan"):
        read_unfinished(out, read_run(out))
