"""What is refused: accepted calls and other exception classes are differences."""

import pytest
from rule_doctoring import seen

from viewproof.evidence.probe import Raised

#: Proved below, on every target.
PROVED = ("error.refused",)
CASE = "aten.select.int(float32[3,4], 0, 9)"


@pytest.mark.parametrize("target", ["eager", "meta", "fake", "fake-nocache"])
def test_the_clause_fails_on_another_class(target):
    one = seen(CASE, target)
    assert [rule.name for rule in one.rules] == ["error.refused"]
    assert one.failing() == set()
    assert one.with_("facts", Raised(("RuntimeError", "Exception"), "another class")).failing() == {"error.refused"}


def test_the_clause_fails_where_the_call_is_accepted():
    one = seen(CASE)
    accepted = one.with_("facts", seen("aten.select.int(float32[3,4], 0, 1)").observed["facts"])
    difference = accepted.check("error.refused")
    assert difference == (difference.expected, "accepted: size (4,)", "accepted")
    assert "IndexError" in difference.expected


def test_a_subclass_of_the_class_is_the_class():
    one = seen(CASE)
    assert one.with_("facts", Raised(("MyIndexError", "IndexError", "Exception"), "")).failing() == set()
