"""What is refused: accepted calls and other exception classes are differences."""

from dataclasses import replace

import pytest
from rule_doctoring import failing, seen

CASE = "aten.select.int(float32[3,4], 0, 9)"
PROVED = {"error.refused": {"error": (("RuntimeError", "Exception"), "another class")}}


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
