"""Verdicts: an execution that raises is one finding, a known issue waives its own difference and no other."""

from dataclasses import replace

import msgspec
import pytest
from rule_doctoring import first, observe, subject

from viewproof.cases import parse_case
from viewproof.contract.installed import find_rule, find_target
from viewproof.contract.known_issues import KnownIssue
from viewproof.contract.rule import Difference
from viewproof.contract.state import RESTORED
from viewproof.contract.suite import Suite
from viewproof.engine import verdicts
from viewproof.engine.answers import Sight
from viewproof.engine.check import check_chunk
from viewproof.engine.planner import Planner
from viewproof.engine.verdicts import TOO_WIDE_KEPT, ChunkVerdicts
from viewproof.evidence.probe import Raised
from viewproof.records.chunk import Chunk

CASE = "aten.transpose.int(float32[3,4], 0, 1)"
RULES = ("layout.size", "layout.stride", "layout.offset")
CHUNK = Chunk(
    suite="views", operator="aten.transpose.int", family="contiguous", profile="quick", device="cpu",
    targets=("eager",), rules=RULES,
)  # fmt: skip


def issue(**more):
    fields = {
        "id": "made-up", "kind": "fault", "title": "t", "source": "s", "rules": RULES, "targets": ("eager",),
        "operators": ("aten.transpose.int",), "difference": "size differs", "cases": (CASE,),
    }  # fmt: skip
    return KnownIssue(**(fields | more))


@pytest.fixture
def judged(monkeypatch):
    """Judge the evidence of CASE, as doctored; gives the record."""

    def run(change=None, issues=(), error=None, text=CASE, second=None, left=(), chosen=False):
        monkeypatch.setattr(verdicts, "issues_for", lambda *_: list(issues))
        one = subject(text)
        asked = Planner((*RULES, *([RESTORED] if left else []))).rules_for(one.traits, find_target("eager"))
        expected = asked.expected(one, "cpu")
        (evidence,) = observe("eager", one)
        true = evidence
        if change is not None:
            evidence = (first(evidence[0], **change),)
        judging = ChunkVerdicts(CHUNK)
        again = None if second is None else lambda: Sight((first(true[0], **second),))
        judging.of("eager").judge(one, asked.parted(expected), expected, Sight(error or evidence, left), again, chosen)
        return judging.record(1, 0, 1, [1], 0.0, 0.0)

    return run


def words(record):
    return {tally.rule: tally.verdicts for tally in record.tallies}


def test_a_message_that_no_journal_holds_is_spelled_out(judged):
    error = Raised(("RuntimeError",), "\ud800 and \x1b[2J")
    (failure,) = judged(error=error).failures
    assert failure.observed == r"RuntimeError: \ud800 and \x1b[2J"
    msgspec.json.encode(failure)


def test_what_conforms_passes(judged):
    assert words(judged()) == {rule: {"pass": 1} for rule in RULES}


def test_what_differs_fails_that_rule_alone(judged):
    record = judged({"size": (4, 2)})
    assert words(record) == {"layout.size": {"fail": 1}, "layout.stride": {"pass": 1}, "layout.offset": {"pass": 1}}
    (failure,) = record.failures
    assert (failure.rule, failure.case, failure.difference) == ("layout.size", CASE, "size differs")
    assert "4, 3" in failure.expected
    assert "4, 2" in failure.observed


def test_an_execution_that_raises_is_one_failure_and_fails_all_its_rules(judged):
    record = judged(error=Raised(("RuntimeError", "Exception"), "no"))
    assert words(record) == {rule: {"fail": 1} for rule in RULES}
    (failure,) = record.failures
    assert (failure.observed, failure.difference) == ("RuntimeError: no", "raises RuntimeError")


def test_a_known_issue_waives_its_difference(judged):
    record = judged({"size": (4, 2)}, [issue(rules=("layout.size",))])
    assert words(record)["layout.size"] == {"waived": 1}
    assert record.failures[0].known_issue == "made-up"
    assert record.issues_shown == {"made-up": 1}
    assert record.too_wide == []


@pytest.mark.parametrize(
    "more",
    [
        {"difference": "stride differs"},
        {"rules": ("layout.offset",)},
        {"targets": ("meta",)},
        {"verdict": "crash"},
        {"cases": ("aten.transpose.int(float32[3,5], 0, 1)",)},
    ],
)
def test_a_known_issue_waives_no_other_difference(judged, more):
    record = judged({"size": (4, 2)}, [issue(**({"rules": ("layout.size",)} | more))])
    assert words(record)["layout.size"] == {"fail": 1}
    assert record.failures[0].known_issue is None


WRONG, OTHER = {"size": (4, 2)}, {"offset": 3}


def test_what_fails_is_run_again_and_fails_where_it_fails_alike(judged):
    record = judged(WRONG, second=WRONG)
    assert words(record)["layout.size"] == {"fail": 1}
    assert record.failures[0].difference == "size differs"


@pytest.mark.parametrize(("change", "second"), [(WRONG, {}), ({}, WRONG)])
def test_a_verdict_that_is_not_the_same_twice_is_flaky(judged, change, second):
    """Whichever answer came first: both make one finding."""
    record = judged(change, second=second, chosen=True)
    assert words(record) == {"layout.size": {"flaky": 1}, "layout.stride": {"pass": 1}, "layout.offset": {"pass": 1}}
    (failure,) = record.failures
    assert (failure.verdict, failure.difference) == ("flaky", "not every time: size differs")
    assert "; run again: " in failure.observed
    assert "as expected" in failure.observed


def test_each_rule_has_its_own_verdict_of_two_runs(judged):
    record = judged({**WRONG, "offset": 3}, second=OTHER)
    assert words(record) == {"layout.size": {"flaky": 1}, "layout.stride": {"pass": 1}, "layout.offset": {"fail": 1}}


def test_what_raises_in_one_of_two_runs_is_flaky_under_all_its_rules(judged):
    record = judged(error=Raised(("RuntimeError", "Exception"), "no"), second={})
    assert words(record) == {rule: {"flaky": 1} for rule in RULES}
    assert [one.difference for one in record.failures] == ["not every time: raises RuntimeError"]


def test_what_passes_and_was_not_chosen_is_not_run_again(judged):
    assert words(judged({}, second=WRONG)) == {rule: {"pass": 1} for rule in RULES}


@pytest.mark.parametrize("second", [WRONG, {}])
def test_an_issue_that_is_unstable_waives_both_forms(judged, second):
    known = issue(rules=("layout.size",), unstable=True)
    for change in (WRONG, {}):
        record = judged(change, [known], second=second, chosen=True)
        assert words(record)["layout.size"] == ({"waived": 1} if change or second else {"pass": 1})
        assert record.too_wide == [], "a case that conforms is not too many"


def test_an_issue_that_is_not_unstable_waives_no_verdict_that_is_flaky(judged):
    record = judged(WRONG, [issue(rules=("layout.size",))], second={}, chosen=True)
    assert words(record)["layout.size"] == {"flaky": 1}


def test_an_unstable_issue_waives_no_other_difference(judged):
    known = issue(rules=("layout.size",), difference="stride differs", unstable=True)
    assert words(judged(WRONG, [known], second={}))["layout.size"] == {"flaky": 1}


def test_what_is_waived_is_run_again_once_in_so_many(judged, monkeypatch):
    """It costs as much as any other, and there are thousands."""
    for every, word in ((1, "flaky"), (10**9, "waived")):
        monkeypatch.setattr(verdicts, "SAMPLED", every)
        assert words(judged(WRONG, [issue(rules=("layout.size",))], second={}))["layout.size"] == {word: 1}


def test_what_is_left_changed_fails_its_rule_alone(judged):
    record = judged(left=("grad mode",))
    assert words(record) == {rule: {"pass": 1} for rule in RULES} | {RESTORED: {"fail": 1}}
    assert record.failures[0].observed == "grad mode"


def test_what_raises_fails_that_rule_only_where_something_is_left(judged):
    record = judged(error=Raised(("RuntimeError", "Exception"), "no"), left=("grad mode",))
    assert {one.rule: one.difference for one in record.failures} == {
        "layout.size": "raises RuntimeError", RESTORED: "left changed: grad mode",
    }  # fmt: skip


def test_an_issue_that_conforming_cases_match_is_too_wide(judged):
    (line,) = judged(issues=[issue(rules=("layout.size",))]).too_wide
    assert line == f"made-up: eager/layout.size/{CASE}"


def test_a_wide_issue_shows_end_to_end(monkeypatch):
    every = tuple(
        f"aten.transpose.int({dtype}[{rows},4], 0, 1)" for dtype in ("float32", "int8") for rows in range(1, 20)
    )
    wide = issue(cases=every, rules=("layout.size",))
    monkeypatch.setattr(verdicts, "issues_for", lambda *_: [wide])
    monkeypatch.setattr(
        "viewproof.engine.assignment.find_suite",
        lambda _: Suite(
            name="views", level=1, summary="", operators=tuple, families=lambda *_: (),
            cases=lambda *_: map(parse_case, every), targets=(), rules=(),
        ),
    )  # fmt: skip
    record = check_chunk(CHUNK)
    assert record.cases == len(every)
    assert len(record.too_wide) == TOO_WIDE_KEPT
    assert words(record)["layout.size"] == {"pass": len(every)}


def test_a_verdict_of_no_known_word_is_refused():
    judging = ChunkVerdicts(CHUNK)
    judging.count("eager", "layout.size", "perhaps")
    with pytest.raises(AssertionError, match="perhaps"):
        judging.record(0, 0, 0, [], 0.0, 0.0)


def test_a_rule_that_has_nothing_to_compare_is_unseen_and_fails_where_there_is_something(judged):
    empty = "aten.transpose.int(float32[0,4], 0, 1)"
    assert words(judged(text=empty))["layout.stride"] == {"unseen": 1}
    assert words(judged({"size": (4, 2), "stride": (2, 1)}, text=empty))["layout.stride"] == {"fail": 1}
    assert words(judged({"offset": 3}, text=empty)) == {
        "layout.size": {"pass": 1}, "layout.stride": {"unseen": 1}, "layout.offset": {"fail": 1},
    }  # fmt: skip


def test_a_rule_that_fails_on_equal_evidence_is_our_own_fault(judged, monkeypatch):
    rule = find_rule("layout.offset")
    wrong = replace(rule, check=lambda *_: Difference("one", "another", "never equal"))
    monkeypatch.setattr(
        "viewproof.engine.planner.find_rule", lambda name: wrong if name == rule.name else find_rule(name)
    )
    with pytest.raises(AssertionError, match="wanted a rule that holds on equal evidence"):
        judged()
