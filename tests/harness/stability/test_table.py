"""The table names each setting with what was read back, and the exit status follows from what it shows."""

from dataclasses import replace

import pytest

from viewproof.records.same import Change
from viewproof.stability.outcome import Outcome, Reading
from viewproof.stability.preload import BrokenProduct
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import SETTINGS, MissingLibrary, NotPossible
from viewproof.stability.table import SHOWN, render, status_of

NAMED = {setting.name: setting for setting in SETTINGS}
CHANGE = Change(
    what="failure", suite="schemas", operator="aten.inverse.default", family="sample", target="sampled",
    rule="schema.alias", case="sample(aten.inverse.default(float32[5,5]))", before="nothing", after="fail (raises)",
)  # fmt: skip


@pytest.fixture
def outcomes(machine, place):
    """A reference and one run, in which all is as it should be."""
    setting = NAMED["threads=8"]
    verdicts, content = {"pass": 1234, "waived": 2}, {"jobs": 2}
    run = PlannedRun("many threads", ((setting, setting.ask(machine)),))
    same = {"place": place, "content": content, "verdicts": verdicts}
    return [
        Outcome(PlannedRun("reference"), 0, **same),
        Outcome(run, 0, **same, readings=(Reading(setting, "8", "8"),)),
    ]


def rows(page):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]


def test_a_row_says_what_was_asked_and_what_was_read_back(outcomes):
    page = render(outcomes, [])
    assert rows(page)[2:] == [
        ["reference", "none: the default", "-", "-", "1,234 pass, 2 waived", "-"],
        ["many threads", "`threads=8`", "8", "8", "1,234 pass, 2 waived", "0"],
    ]
    assert "No verdict changed. 2 runs; 1 settings arrived, 0 did not, 0 lack something" in page
    assert status_of(outcomes, []) == 0


def test_a_setting_that_is_the_default_here_says_so(outcomes, machine):
    one = NAMED["threads=1"]
    run = replace(outcomes[1], readings=(Reading(one, "1", "1"),))
    assert rows(render([outcomes[0], run], []))[3][3] == "1 (as by default)"


def test_a_setting_that_did_not_arrive_fails(outcomes):
    run = replace(outcomes[1], readings=(Reading(NAMED["threads=8"], "8", "2"),))
    page = render([outcomes[0], run], [])
    assert rows(page)[3][3] == "**did not arrive**: 2"
    assert "Did not arrive: `threads=8`." in page
    assert status_of([outcomes[0], run], []) == 1


def test_a_verdict_that_changed_fails_and_is_named(outcomes):
    run = replace(outcomes[1], changes=(CHANGE,) * (SHOWN + 1))
    page = render([outcomes[0], run], [])
    assert rows(page)[3][5] == f"**{SHOWN + 1}**"
    assert f"## many threads: {SHOWN + 1} differences" in page
    assert page.count(f"- `{CHANGE}`") == SHOWN
    assert "- ... and 1 more" in page
    assert status_of([outcomes[0], run], []) == 1


def test_what_a_preload_breaks_is_listed_with_its_proof_and_fails_nothing(outcomes):
    from viewproof.stability.complex_dot import Dot

    seen = Dot(
        routine="cdotu", overload="aten.dot.default", dtype="complex64", torch=(0, 0), library=(5, 6), arithmetic=(5, 6)
    )
    broken = BrokenProduct(with_it=seen, without_it=seen)
    run = replace(outcomes[1], explained=(CHANGE,), broken=(broken,))
    page = render([outcomes[0], run], [])
    assert rows(page)[3][5] == "0; 1 that the preload makes"
    assert f"- `{broken}`" in page
    assert f"- `{CHANGE}`" in page
    assert status_of([outcomes[0], run], []) == 0


def test_a_run_without_evidence_is_told_from_a_red_one(outcomes):
    lost = Outcome(outcomes[1].run, 3, "viewproof run ended with 3:\nnothing selected", changes=(CHANGE,))
    page = render([outcomes[0], lost], [])
    assert rows(page)[3] == ["many threads", "`threads=8`", "8", "-", "no evidence", "-"]
    assert "    nothing selected" in page
    assert status_of([outcomes[0], lost], []) == 3


@pytest.mark.parametrize(
    ("why", "status", "said"),
    [
        (NotPossible("no avx2"), 0, "not possible here: no avx2"),
        (MissingLibrary("apt-get install x"), 1, "**apt-get install x**"),
    ],
)
def test_what_is_not_tried_is_shown_and_counted(outcomes, why, status, said):
    aside = [(NAMED["capability=avx2"], why)]
    page = render(outcomes, aside)
    assert rows(page)[4] == ["-", "`capability=avx2`", "-", said, "-", "-"]
    assert ("1 lack something, 0 are not" if status else "0 lack something, 1 are not") in page
    assert status_of(outcomes, aside) == status
