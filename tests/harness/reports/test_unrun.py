"""What a run that was stopped did not run is named in every report, and none of them takes it for a whole one."""

import xml.etree.ElementTree as ET

import made_run
import msgspec
import pytest

from viewproof.records.summary import exit_status, how_stopped, why_no_evidence
from viewproof.reports.badge import level_of
from viewproof.reports.html import render_html
from viewproof.reports.html.levels import levels_of
from viewproof.reports.junit import render_junit
from viewproof.reports.markdown import render_markdown
from viewproof.reports.step_summary import render_step_summary
from viewproof.reports.unrun import unrun_by_suite

CASES = ["aten.alias.default(float32[1])", "aten.alias.default(float32[2])"]
RECORDS = [made_run.record(CASES)]
RUN = made_run.run_of(chunks=4, suite_chunks={"views": 2, "aliasing": 2}, suites=["views", "aliasing"])
HOW = "stopped by SIGTERM, 3 of 4 chunks were not run"


@pytest.fixture
def summary():
    return msgspec.structs.replace(made_run.summary(RECORDS), stopped="SIGTERM", unrun=3)


def test_a_signal_leaves_no_evidence_and_a_first_failure_does_not_conform(summary):
    assert exit_status(summary) == 3
    assert why_no_evidence(summary) == "stopped by SIGTERM, 3 chunks were not run"
    failing = [made_run.record(CASES, [made_run.failure(CASES[0])])]
    first = msgspec.structs.replace(made_run.summary(failing), stopped="fail-fast", unrun=1)
    assert (exit_status(first), why_no_evidence(first)) == (1, "")
    assert how_stopped(first, 4) == "stopped by --fail-fast, 1 of 4 chunks was not run"
    assert how_stopped(made_run.summary(RECORDS), 4) == ""


def test_suites_are_named_with_the_number_of_their_chunks(summary):
    assert unrun_by_suite(summary, RUN, RECORDS) == [("views", 1, 2), ("aliasing", 2, 2)]
    assert unrun_by_suite(summary, made_run.run_of(), RECORDS) == [], "a run.json that does not say it"
    assert unrun_by_suite(made_run.summary(RECORDS), RUN, RECORDS) == []


def test_the_pages_say_it(summary):
    markdown = render_markdown(summary, RUN, RECORDS, {})
    assert f"**Partial: {HOW}. Nothing here speaks of those.**" in markdown
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in markdown.splitlines() if line[:1] == "|"]
    assert ["`views`", "1", "2"] in rows
    assert ["`aliasing`", "2", "2"] in rows
    html = render_html(summary, RUN, RECORDS, {})
    assert f"<strong>Partial: {HOW}. Nothing here speaks of those.</strong>" in html
    assert "<code>views</code> 1 of 2, " in html
    assert "<code>aliasing</code> 2 of 2." in html
    assert HOW in render_step_summary(summary, RUN)


def test_a_reader_of_junit_sees_an_error_a_suite(summary):
    root = ET.fromstring(render_junit(RECORDS, summary, RUN))  # noqa: S314  -- our own text
    (suite,) = [one for one in root if one.get("name") == "stopped"]
    assert [(case.get("name"), case[0].tag, case[0].get("message")) for case in suite] == [
        ("views", "error", HOW), ("aliasing", "error", HOW),
    ]  # fmt: skip
    assert [case[0].text for case in suite] == [f"{left} of 2 chunks were not run" for left in (1, 2)]
    assert root.get("errors") == "2"


def test_no_level_is_reached_where_a_part_was_not_run(summary):
    class Suite:
        level = 1

    first = msgspec.structs.replace(summary, stopped="fail-fast")
    assert level_of(first, RUN, {"views": 1}) is None
    (level,) = levels_of(RECORDS, RUN, {"views": Suite()})
    assert level.state == "in part"
    (level,) = levels_of(RECORDS, RUN | {"suite_chunks": {"views": 1}}, {"views": Suite()})
    assert level.state == "holds"


def test_a_whole_run_has_none_of_it():
    whole = made_run.summary(RECORDS)
    for text in (render_markdown(whole, RUN, RECORDS, {}), render_html(whole, RUN, RECORDS, {})):
        assert "Partial" not in text
    assert "stopped" not in render_junit(RECORDS, whole, RUN)
