"""What is refused: accepted calls and other exception classes are differences."""

import warnings
from dataclasses import replace

import pytest

from viewproof.cases import parse_case
from viewproof.expectation import expect
from viewproof.rules import all_rules
from viewproof.subject import subject_of
from viewproof.targets import find_target

CASE = "aten.select.int(float32[3,4], 0, 9)"
PROVED = {"error.refused": {"error": (("RuntimeError", "Exception"), "another class")}}


def seen(text, target="eager"):
    """A case's subject, what eager shows of it on the CPU, and the rules that apply."""
    case = parse_case(text)
    found = find_target(target)
    subject = subject_of(case, expect(case), found.device_word("cpu"))
    rules = [rule for rule in all_rules().values() if rule.applies(subject.traits, target)]
    with warnings.catch_warnings(action="ignore"), found.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset(rule.probe for rule in rules))
        session.flush()
    return subject, observation, rules


def failing(subject, observation, rules):
    return {rule.name for rule in rules if rule.check(subject, observation) is not None}


@pytest.mark.parametrize("target", ["eager", "meta", "fake", "fake-nocache"])
def test_the_clause_fails_on_another_class(target):
    subject, observation, rules = seen(CASE, target)
    assert [rule.name for rule in rules] == ["error.refused"]
    assert failing(subject, observation, rules) == set()
    assert failing(subject, replace(observation, **PROVED["error.refused"]), rules) == {"error.refused"}


def test_the_clause_fails_where_the_call_is_accepted():
    subject, observation, rules = seen(CASE)
    _, other, _ = seen("aten.select.int(float32[3,4], 0, 1)")
    accepted = replace(observation, error=None, outputs=other.outputs)
    difference = rules[0].check(subject, accepted)
    assert difference == (difference.expected, "accepted: size (4,)", "accepted")
    assert "IndexError" in difference.expected


def test_a_subclass_of_the_class_is_the_class():
    subject, observation, rules = seen(CASE)
    nearer = replace(observation, error=(("MyIndexError", "IndexError", "Exception"), ""))
    assert failing(subject, nearer, rules) == set()
