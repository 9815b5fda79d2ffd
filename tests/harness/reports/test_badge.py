"""The badge says what the run came to, and no level that the run does not show."""

import xml.etree.ElementTree as ET

import msgspec
import pytest

from viewproof.reports.badge import badge_text, level_of, render_badge
from viewproof.reports.run_files import blind_suites

CASES = ["aten.alias.default(float32[1])"]
LEVELS = {"views": 1, "errors": 1, "aliasing": 2}


def good(made):
    return made.summary([made.record(CASES)])


def test_a_whole_run_shows_its_level(made):
    run = made.run_of(suites=list(LEVELS))
    assert level_of(good(made), run, LEVELS) == 2
    assert badge_text(good(made), 2)[0] == "conforms, level 2"


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"suites": ["views", "errors"]}, 1),
        ({"suites": ["views", "aliasing"]}, None),
        ({"suites": list(LEVELS), "selection": {"queries": ["views"]}}, None),
        ({"suites": list(LEVELS), "shard": "1/2"}, None),
    ],
)
def test_a_part_shows_less(made, more, level):
    assert level_of(good(made), made.run_of(**more), LEVELS) == level


def test_a_fault_ends_the_levels_below_it(made):
    summary = made.summary([made.record(CASES, [made.failure(CASES[0])])])
    run = made.run_of(suites=list(LEVELS))
    assert level_of(summary, run, LEVELS) is None
    moved = msgspec.structs.replace(summary.findings[0], suite="aliasing")
    summary = msgspec.structs.replace(summary, findings=(moved,))
    assert level_of(summary, run, LEVELS) == 1
    assert badge_text(summary, 1)[0] == "1 finding"


def test_a_suite_that_saw_nothing_ends_the_levels_below_it(made):
    records = [made.record(CASES), made.record(CASES, suite="errors"), made.record(CASES, suite="aliasing")]
    for tally in records[2].tallies:
        tally.verdicts = {"unseen": tally.planned}
    run = made.run_of(suites=list(LEVELS))
    assert blind_suites(records) == {"aliasing"}
    assert level_of(made.summary(records), run, LEVELS, blind_suites(records)) == 1
    records[2].tallies[0].verdicts = {"pass": 1}
    assert blind_suites(records) == set()
    for record in records:
        for tally in record.tallies:
            tally.verdicts = {"unseen": tally.planned}
    assert badge_text(made.summary(records), None)[0] == "no evidence"


def test_no_evidence_is_no_verdict(made):
    record = made.record(CASES)
    record.tallies[0].verdicts = {}
    summary = made.summary([record])
    assert badge_text(summary, None)[0] == "no evidence"
    assert level_of(summary, made.run_of(suites=list(LEVELS)), LEVELS) is None


def test_a_problem_alone_is_red(made):
    summary = made.summary([made.record(CASES)], problems=["known issue x did not show"])
    assert badge_text(summary, None)[0] == "1 known issue out of date"


def test_the_picture_is_xml_that_names_itself(made):
    summary = msgspec.structs.replace(good(made), torch='2.13"><script>')
    root = ET.fromstring(render_badge(summary, 1))  # noqa: S314  -- our own text
    assert root.get("aria-label") == 'viewproof: conforms, level 1 (torch 2.13"><script>, cpu, quick)'
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert texts == ["viewproof", "conforms, level 1"]
