"""`viewproof report`."""

import json

from click.testing import CliRunner

from viewproof.cli.report import report
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.journal import Journal
from viewproof.records.lock import held
from viewproof.records.model import ChunkRecord, Failure, Tally
from viewproof.records.outdir import write_json
from viewproof.records.summary import build_summary, write_summary

CHUNK = "views/quick/cpu/aten.transpose.int"
CASE = "aten.transpose.int(float32[2,3], 0, 1)"


def run_directory(path, *, unrun=0):
    """A run of one chunk with a record, which was stopped before so many others where there are any."""
    failure = Failure(
        suite="views", target="meta", rule="layout.stride", operator="aten.transpose.int", case=CASE, verdict="fail",
        expected="stride ((1, 3), ())", observed="stride ((3, 1), ())", difference="stride differs",
    )  # fmt: skip
    record = ChunkRecord(
        chunk=f"{CHUNK}@steps/meta/layout.stride", suite="views", operator="aten.transpose.int", family="steps",
        cases=2, accepted=2, executions=2,
        tallies=[Tally(target="meta", rule="layout.stride", planned=2, verdicts={"pass": 1, "fail": 1})],
        failures=[failure], signatures=[], issues_shown={}, too_wide=[], checking_seconds=0.1, generating_seconds=0.1,
    )  # fmt: skip
    coverage = Coverage(
        operators=OperatorCoverage(covered=1, partly=0, uncovered=0, catalog=1, excluded=0, gaps={}),
        rules=RuleCoverage(covered=1, planned=1, gaps=()),
    )
    path.mkdir()
    with Journal(path / "journal.jsonl", "sha256:0") as journal:
        journal.append(record)
    summary = build_summary(
        [record], torch_version="2.13.0", device="cpu", profile="quick", plan="sha256:0", seconds=1.0,
        coverage=coverage, journal=journal.link, stopped="SIGTERM" if unrun else "", unrun=unrun,
    )  # fmt: skip
    write_json(path / "run.json", {"torch": "2.13.0", "selection": {}, "plan": "sha256:0", "chunks": 1 + unrun})
    write_summary(path, summary)
    return path


def test_both_reports_are_rendered_again(tmp_path):
    run = run_directory(tmp_path / "run")
    done = CliRunner().invoke(report, [str(run)])
    assert done.exit_code == 0, done.output
    assert CASE in (run / "report.md").read_text(encoding="utf-8")
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Does not conform" in page
    assert CASE in page
    elsewhere = tmp_path / "new" / "place"
    assert CliRunner().invoke(report, [str(run), "--out", str(elsewhere)]).exit_code == 0
    assert (elsewhere / "report.html").read_text(encoding="utf-8") == page, "the same run gives the same page"
    assert {path.name for path in elsewhere.iterdir()} == {"report.md", "report.html"}


def test_a_run_of_schema_1_is_rendered_and_nothing_is_said_of_what_it_does_not_count(tmp_path):
    run = run_directory(tmp_path / "run")
    content = json.loads((run / "summary.json").read_text()) | {"schema": 1}
    del content["reused"], content["findings"][0]["follows"], content["findings"][0]["fault"]
    for counts in (
        content["verdicts"],
        *(one for by in ("rule", "target", "operator") for one in content[f"by_{by}"].values()),
    ):
        del counts["unseen"], counts["flaky"]
    del content["digest"], content["journal"]
    (run / "summary.json").write_text(json.dumps(content))
    (run / "run.json").write_text(json.dumps({"torch": "2.13.0", "plan": "sha256:0"}))
    record = json.loads((run / "journal.jsonl").read_text())
    del record["reused"], record["link"]
    (run / "journal.jsonl").write_text(json.dumps(record) + "\n")
    done = CliRunner().invoke(report, [str(run)])
    assert done.exit_code == 0, done.output
    markdown, page = (run / "report.md").read_text(encoding="utf-8"), (run / "report.html").read_text(encoding="utf-8")
    assert markdown.startswith("# Does not conform")
    assert "Does not conform" in page
    for word in ("unseen", "another suite"):
        assert word not in markdown
    assert 'class="v-unseen"' not in page
    content["schema"] = 3
    (run / "summary.json").write_text(json.dumps(content))
    assert "of schema 1 or 2 (schema 3 is not known)" in refused(run)


def test_a_run_that_was_stopped_is_said_to_be_partial(tmp_path):
    run = run_directory(tmp_path / "run", unrun=3)
    done = CliRunner().invoke(report, [str(run)])
    assert done.exit_code == 0, done.output
    assert "the run is partial: stopped by SIGTERM, 3 of 4 chunks were not run" in done.output
    assert "stopped by SIGTERM, 3 of 4 chunks were not run" in (run / "report.md").read_text()
    (run / "journal.jsonl").unlink()
    assert "journal.jsonl: wanted the journal of 2 planned verdicts, got no file" in refused(run, status=3)


def test_a_run_directory_that_is_being_written_is_left_alone(tmp_path):
    run = run_directory(tmp_path / "run")
    with held(run):
        assert f"{run}: wanted a run directory that nobody else writes to" in refused(run)
        assert CliRunner().invoke(report, [str(run), "--out", str(tmp_path / "elsewhere")]).exit_code == 0
    assert not (run / "report.md").exists()


def test_what_is_no_finished_run_is_a_usage_error(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "wanted the summary.json of a finished run" in refused(empty)
    unfinished = run_directory(tmp_path / "unfinished")
    (unfinished / "summary.json").unlink()
    assert "wanted the summary.json of a finished run" in refused(unfinished)
    (unfinished / "summary.json").write_text('{"planned": 1}')
    assert "missing required field `schema`" in refused(unfinished)
    torn = run_directory(tmp_path / "torn")
    assert "cannot be imported" in refused(torn, "--import", "no_such_module_of_ours")
    assert "cannot be written" in refused(torn, "--out", str(torn / "run.json" / "x"))


def refused(path, *more, status=2):
    done = CliRunner().invoke(report, [str(path), *more])
    assert done.exit_code == status, done.output
    return " ".join(done.output.split())
