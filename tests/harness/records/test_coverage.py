"""Coverage: what counts is what was seen; each gap is named."""

from dataclasses import dataclass, replace

import msgspec
import pytest

from viewproof.engine.plan import make_plan
from viewproof.records import coverage as module
from viewproof.records.coverage import OperatorCoverage, WithoutSample, coverage, without_sample
from viewproof.records.model import SEEN, VERDICTS

ALIAS, SLICE = "aten.alias.default", "aten.slice.Tensor"


@dataclass
class Entry:
    kind: str


def records(fake, operator=None):
    return [fake.check(chunk) for chunk in make_plan(fake.suites()) if operator in (None, chunk.operator)]


def covered(fake, found, rules=("layout.size",)):
    return coverage(found, {ALIAS: Entry("view")}, fake.suites(), "quick", rules)


def give(found, verdict, **places):
    """Turn all verdicts of the tallies at `places` (a tally's target or rule, a record's family or suite) to one."""
    for record in found:
        for tally in record.tallies:
            here = {"target": tally.target, "rule": tally.rule, "family": record.family, "suite": record.suite}
            if places.items() <= here.items():
                tally.verdicts = {verdict: tally.planned}
    return found


def test_its_gaps_are_named(fake):
    catalog = {ALIAS: Entry("view"), SLICE: Entry("view"), "aten.t.default": Entry("view")}
    catalog |= {"aten.x.default": Entry("excluded"), "aten.alias_copy.default": Entry("copy")}
    catalog |= {"aten.slice_inverse.default": Entry("inverse")}
    found = [record for record in records(fake) if (record.operator, record.family) != (SLICE, "offset")]
    result = coverage(found, catalog, fake.suites(), "quick", ["layout.size", "grad.read"])
    gaps = {
        SLICE: "no accepted case on offset",
        "aten.t.default": "no suite has cases of it",
        "aten.alias_copy.default": "no suite has cases of it",
    }
    assert result.operators == OperatorCoverage(covered=1, partly=1, uncovered=2, catalog=4, excluded=1, gaps=gaps)
    assert result.rules.gaps == ("grad.read",)


def test_what_has_no_sample_is_counted_by_suite_where_the_suite_says_it(fake):
    plain = fake.suites()["views"]
    assert without_sample([plain]) == {}
    saying = replace(plain, name="sampled", unsampled=lambda: ("aten.x.out", "aten.y.out"))
    lacking = {"sampled": WithoutSample(count=2, operators=("aten.x.out", "aten.y.out"))}
    assert without_sample([plain, saying]) == lacking
    assert "without_sample" not in msgspec.to_builtins(covered(fake, records(fake)))


def only_unseen(fake):
    return covered(fake, give(records(fake, ALIAS), "unseen"))


def test_an_operator_with_only_unseen_verdicts_is_not_covered(fake):
    operators = only_unseen(fake).operators
    assert (operators.covered, operators.partly, operators.uncovered) == (0, 0, 1)
    assert operators.gaps[ALIAS] == "nothing to compare: eager on flat, meta on flat, eager on offset, meta on offset"


@pytest.mark.parametrize("word", ["unseen", "missing", "harness_error", "unsupported"])
def test_each_word_that_judges_nothing_is_needed(fake, monkeypatch, word):
    """The control: without the word among those, such verdicts pass for seen ones."""
    found = give(records(fake, ALIAS), word)
    result = covered(fake, found)
    assert (result.operators.uncovered, result.rules.gaps) == (1, ("layout.size",))
    monkeypatch.setattr(module, "_UNJUDGED", tuple(one for one in module._UNJUDGED if one != word))
    result = covered(fake, found)
    assert (result.operators.uncovered, result.rules.gaps) == (0, ())
    if word == "unseen":
        assert result.operators.covered == 1


def test_the_words_that_judge_nothing_are_all_but_the_seen_ones():
    assert sorted({*module._UNJUDGED, *SEEN}) == sorted(VERDICTS)
    assert not {*module._UNJUDGED} & {*SEEN}


def test_a_rule_that_is_unseen_on_a_family_is_no_gap_where_another_has_seen(fake):
    found = give(records(fake, ALIAS), "unseen", rule="layout.size", family="flat")
    assert covered(fake, found).operators == OperatorCoverage(
        covered=1, partly=0, uncovered=0, catalog=1, excluded=0, gaps={}
    )
    assert covered(fake, found).rules.gaps == ()


def test_a_rule_that_is_unseen_in_the_whole_run_is_a_gap_of_the_rules_alone(fake):
    found = give(records(fake, ALIAS), "unseen", rule="layout.size")
    result = covered(fake, found, ("layout.size", "layout.stride"))
    assert (result.rules.covered, result.rules.gaps) == (1, ("layout.size",))
    assert result.operators.covered == 1


def test_a_target_that_saw_nothing_of_a_family_is_a_gap_whatever_the_suite(fake):
    found = give(records(fake, ALIAS), "unseen", target="meta", family="flat")
    result = covered(fake, found).operators
    assert (result.covered, result.partly, result.gaps) == (0, 1, {ALIAS: "nothing to compare: meta on flat"})
    give(found, "pass", target="meta", family="flat", suite="aliasing")
    assert covered(fake, found).operators.covered == 1, "another suite has seen it"


@pytest.mark.parametrize("word", ["missing", "harness_error", "unsupported"])
def test_a_verdict_that_was_to_be_had_and_was_not_is_a_gap_whatever_else_was_seen(fake, word):
    found = records(fake, ALIAS)
    found[0].tallies[0].verdicts = {"pass": 7, word: 1}
    assert covered(fake, found).operators.gaps == {ALIAS: "not judged: eager/layout.size on flat"}
    found[0].tallies[0].verdicts = {"pass": 7}
    assert covered(fake, found).operators.gaps == {ALIAS: "not judged: eager/layout.size on flat"}
    found[0].tallies[0].verdicts = {"pass": 7, "unseen": 1}
    assert covered(fake, found).operators.gaps == {}


def test_refused_cases_and_what_is_no_base_show_nothing_of_a_family(fake):
    found = give(records(fake, ALIAS), "unseen", target="meta", family="flat")
    refused = [msgspec.structs.replace(record, suite="errors", accepted=0) for record in records(fake, ALIAS)]
    assert covered(fake, [*found, *refused]).operators.gaps == {ALIAS: "nothing to compare: meta on flat"}
    corner = [msgspec.structs.replace(record, family="corner") for record in give(records(fake, ALIAS), "unseen")]
    assert covered(fake, [*records(fake, ALIAS), *corner]).operators.covered == 1, "a corner is no kind of base"


def test_a_family_to_which_no_rule_applies_is_a_gap(fake):
    found = records(fake, ALIAS)
    for record in found:
        if record.family == "offset":
            record.tallies.clear()
    assert covered(fake, found).operators.gaps == {ALIAS: "no rule applies on offset"}
    for record in found:
        record.tallies.clear()
    assert covered(fake, found).operators.uncovered == 1
