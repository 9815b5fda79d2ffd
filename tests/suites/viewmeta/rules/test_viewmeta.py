"""Each rule on the functionalization API holds on what torchgen says, and fails where one answer is changed."""

import pytest
import torch

from viewproof.contract.installed import all_rules, find_target
from viewproof.engine.planner import planner_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.viewmeta.answers import SchemaAnswers
from viewproof_suites.viewmeta.cases import SchemaCase
from viewproof_suites.viewmeta.groups import groups, schema_operators

RULES = tuple(name for name in all_rules() if name.startswith("viewmeta."))
#: Proved by test_every_single_answer_is_some_rules: each fails where one of its answers is changed.
PROVED = RULES
#: A view of one output, one of several, one with an in-place variant, a composite one; none of them at fault in torch.
SOME = ("aten.select.int", "aten.split.Tensor", "aten.transpose.int", "aten.chunk.default")


def subject_for(operator):
    case = SchemaCase(operator)
    return subject_of(case, expect(case))


def seen(operator, target):
    """The rules that a target owes of a schema, what is expected, and what it shows."""
    subject = subject_for(operator)
    rules = planner_of(RULES).rules_for(subject.traits, find_target(target))
    if not rules.rules:
        return rules, None, None
    (expected,) = rules.expected(subject, "cpu")
    with find_target(target).open("cpu", operator) as session:
        ((shown,),) = session.observe([(subject, rules.names)])
        assert not session.renew(subject)
    return rules, expected, shown


def failing(rules, expected, shown):
    return [rule.name for rule in rules.rules if rule.check(expected, shown) is not None]


@pytest.mark.parametrize("target", ["torchgen", "live-class"])
@pytest.mark.parametrize("operator", SOME)
def test_torch_conforms(operator, target):
    rules, expected, shown = seen(operator, target)
    assert shown == expected
    assert failing(rules, expected, shown) == []
    assert bool(rules.rules) is (target == "torchgen" or operator != "aten.chunk.default")


@pytest.mark.parametrize("target", ["torchgen", "live-class"])
@pytest.mark.parametrize("operator", SOME[:3])
def test_every_single_answer_is_some_rules(operator, target):
    """A changed, a missing and an added answer each fail exactly one rule, and every rule that is owed fails once."""
    rules, expected, shown = seen(operator, target)
    failed = set()
    answers = shown.by_question
    for question in answers:
        changed = SchemaAnswers(answers | {question: "something else"})
        gone = SchemaAnswers({key: said for key, said in answers.items() if key != question})
        for doctored in (changed, gone):
            (name,) = failing(rules, expected, doctored)
            failed.add(name)
    assert failed == {rule.name for rule in rules.rules}


@pytest.mark.parametrize("operator", schema_operators())
def test_every_answer_of_the_reference_is_asked_for(operator):
    """A target that answers nothing fails as many rules as there are questions to."""
    subject = subject_for(operator)
    for target in ("torchgen", "live-class"):
        rules = planner_of(RULES).rules_for(subject.traits, find_target(target))
        asked = [probe.expected(subject, "cpu") for probe in find_target(target).probes]
        assert bool(asked[0].by_question) is bool(rules.rules)
        assert failing(rules, asked[0], SchemaAnswers({})) == [rule.name for rule in rules.rules]


def test_each_answer_is_one_targets():
    subject = subject_for("aten.select.int")
    parts = [find_target(name).probes[0].expected(subject, "cpu").by_question for name in ("torchgen", "live-class")]
    assert parts[0] | parts[1] == subject.expectation.answers.by_question
    assert not set(parts[0]) & set(parts[1])


def test_every_group_is_a_subject():
    assert groups().keys() <= set(schema_operators())
    if torch.__version__.startswith("2.13."):
        assert len(groups()) == 91


def test_what_torchgen_raises_is_its_answer(monkeypatch):
    """A fault of torchgen's own fails the clause that asked; a refusal is a right answer to some questions."""
    from torchgen.api import functionalization

    def broken(schema, with_namespace=False):
        raise KeyError("no name")

    monkeypatch.setattr(functionalization, "classname", broken)
    rules, expected, shown = seen("aten.select.int", "torchgen")
    assert failing(rules, expected, shown) == ["viewmeta.class-name"]
    assert shown.by_question["view.class_name"] == "raises KeyError: 'no name'"


def test_a_fault_of_our_own_comes_out(monkeypatch):
    def broken(name):
        raise KeyError("ours")

    monkeypatch.setattr("viewproof_suites.viewmeta.targets.torchgen.observed_answers", broken)
    with pytest.raises(KeyError, match="ours"):
        seen("aten.select.int", "torchgen")
