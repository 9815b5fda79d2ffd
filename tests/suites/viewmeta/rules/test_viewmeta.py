"""Each rule on the functionalization API holds on what torchgen says, and fails where one answer is changed."""

from dataclasses import replace

import pytest
import torch

from viewproof.contract.installed import all_rules, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.viewmeta.answers import SchemaAnswers
from viewproof_suites.viewmeta.cases import SchemaCase
from viewproof_suites.viewmeta.groups import groups, schema_operators

RULES = {name: rule for name, rule in all_rules().items() if name.startswith("viewmeta.")}
#: Proved by test_every_single_answer_is_some_rules: each fails where one of its answers is changed.
PROVED = tuple(RULES)
#: A view of one output, one of several, one with an in-place variant, a composite one; none of them at fault in torch.
SOME = ("aten.select.int", "aten.split.Tensor", "aten.transpose.int", "aten.chunk.default")


def subject_for(operator):
    case = SchemaCase(operator)
    return subject_of(case, expect(case))


def seen(subject, target):
    with find_target(target).open("cpu", subject.case.operator) as session:
        observation = session.observe(subject, frozenset({"answers"}))
        session.flush()
    return observation


def owed(subject, target):
    taken = find_target(target).takes(subject.traits)
    return [rule for rule in RULES.values() if taken and rule.applies(subject.traits, target)]


@pytest.mark.parametrize("target", ["torchgen", "live-class"])
@pytest.mark.parametrize("operator", SOME)
def test_torch_conforms(operator, target):
    subject = subject_for(operator)
    rules = owed(subject, target)
    assert [rule.name for rule in rules if rule.check(subject, seen(subject, target))] == []
    assert bool(rules) is (target == "torchgen" or operator != "aten.chunk.default")


@pytest.mark.parametrize("target", ["torchgen", "live-class"])
@pytest.mark.parametrize("operator", SOME[:3])
def test_every_single_answer_is_some_rules(operator, target):
    """A changed, a missing and an added answer each fail exactly one rule, and every rule that is owed fails once."""
    subject = subject_for(operator)
    rules = owed(subject, target)
    right = seen(subject, target)
    failed = set()
    answers = right.answers.by_question
    for question in answers:
        changed = replace(right, answers=SchemaAnswers(answers | {question: "something else"}))
        gone = replace(right, answers=SchemaAnswers({key: said for key, said in answers.items() if key != question}))
        for doctored in (changed, gone):
            (name,) = [rule.name for rule in rules if rule.check(subject, doctored)]
            failed.add(name)
    assert failed == {rule.name for rule in rules}


@pytest.mark.parametrize("operator", schema_operators())
def test_every_answer_of_the_reference_is_asked_for(operator):
    """A target that answers nothing fails as many rules as there are questions to."""
    subject = subject_for(operator)
    for target, prefix in (("torchgen", ("group", "view", "inplace", "binding")), ("live-class", ("live",))):
        asked = [question for question in subject.expectation.answers.by_question if question.split(".")[0] in prefix]
        rules = owed(subject, target)
        silent = replace(seen(subject_for("aten.select.int"), "torchgen"), answers=SchemaAnswers({}))
        assert bool(asked) is bool(rules)
        assert [rule.name for rule in rules if not rule.check(subject, silent)] == []


def test_every_group_is_a_subject():
    assert groups().keys() <= set(schema_operators())
    if torch.__version__.startswith("2.13."):
        assert len(groups()) == 91


def test_what_torchgen_raises_is_observed(monkeypatch):
    def broken(name):
        raise AssertionError(f"no answer for {name}")

    monkeypatch.setattr("viewproof_suites.viewmeta.targets.torchgen.observed_answers", broken)
    assert seen(subject_for("aten.select.int"), "torchgen").error == (
        ("AssertionError", "Exception"),
        "no answer for select.int",
    )
