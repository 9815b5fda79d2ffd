"""What reports say of a part of a plan, and of a run that was put together from parts."""

import pytest

from viewproof.reports.html.levels import levels_of
from viewproof.reports.markdown import render_markdown
from viewproof.reports.parts import part_lines, shard_rows
from viewproof.reports.step_summary import render_step_summary

MERGED = {"shards": [
    {"shard": "1/2", "started": "2026-11-20", "seconds": 12.34, "chunks": 1200, "jobs": 2,
     "environment": {"processor": "one", "platform": "Linux", "python": "3.11.7"}},
    {"shard": "2/2", "environment": {"worker_unknown": "it died"}},
]}  # fmt: skip


def test_a_shard_says_that_it_is_one(made):
    run = made.run_of(shard="2/3", chunks=1200)
    (line,) = part_lines(run)
    assert line.startswith("Shard 2 of 3, with 1,200 chunks of the plan: coverage is that of the shard")
    assert line in render_step_summary(made.summary([]), run)
    assert line in render_markdown(made.summary([]), run, [], {})


def test_a_merged_run_has_a_row_for_each_shard(made):
    run = made.run_of(**MERGED)
    assert part_lines(run) == ["Merged from 2 shards."]
    head, rows = shard_rows(run)
    assert dict(zip(head, rows[0], strict=True)) == {
        "shard": "1/2", "began": "2026-11-20", "seconds": "12.3", "chunks": "1200", "jobs": "2", "processor": "one",
        "threads": "-", "platform": "Linux", "Python": "3.11.7",
    }  # fmt: skip
    assert set(rows[1][1:]) == {"-"}
    page = render_markdown(made.summary([]), run, [], {})
    assert "## Shards" in page
    assert "worker_unknown" not in page, "what each says is in its row, and in run.json"


@pytest.mark.parametrize("run", [{}, {"shard": None, "shards": []}])
def test_any_other_run_says_nothing(made, run):
    assert part_lines(run) == []
    assert "Shard" not in render_markdown(made.summary([]), made.run_of(**run), [], {})


def test_a_shard_holds_a_level_in_part_at_best(made):
    records = [made.record(["f(x)"])]
    suites = {"views": type("Levelled", (), {"level": 1})()}
    assert [one.state for one in levels_of(records, {}, suites)] == ["holds"]
    assert [one.state for one in levels_of(records, {"shard": "1/2"}, suites)] == ["in part"]
