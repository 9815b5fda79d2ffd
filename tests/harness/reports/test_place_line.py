"""The sentence on where a run ran, in the three reports that people read."""

import msgspec

from viewproof.place import place_here
from viewproof.reports.markdown import render_markdown
from viewproof.reports.place_line import place_line
from viewproof.reports.step_summary import render_step_summary


def test_it_names_what_the_workers_computed_with(made):
    place = place_here()
    run = made.run_of(environment={"worker": msgspec.to_builtins(place)})
    line = place_line(run)
    assert f"capability: {place.capability}" in line
    assert f"BLAS: {place.blas.name}" in line
    summary = made.summary([])
    assert f"A worker: `{line}`." in render_step_summary(summary, run)
    assert f"A worker: {line}." in render_markdown(summary, run, [], {}).replace("\\|", "|")


def test_it_says_why_it_is_not_known():
    assert place_line({"environment": {"worker_unknown": "it died\nof SIGILL"}}) == "not known: it died of SIGILL"


def test_an_earlier_run_says_nothing(made):
    assert place_line(made.run_of()) is None
    assert "A worker" not in render_step_summary(made.summary([]), made.run_of())
