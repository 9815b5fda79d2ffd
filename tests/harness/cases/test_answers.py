"""Answers: a struct a contract, narrowed to the type that a reader wants, and told by name."""

import pytest

from viewproof.cases.answers import Answers, answers_of
from viewproof.evidence.expectation import Expectation


class Told(Answers):
    word: str
    number: int | None = None


class ToldMore(Told):
    more: str = ""


class Other(Answers):
    word: str


@pytest.mark.parametrize("side", [Expectation((), None, ToldMore("yes")), Expectation((), None, Told("yes"))])
def test_answers_are_had_by_their_type(side):
    assert answers_of(side, Told).word == "yes"


@pytest.mark.parametrize(
    ("side", "got"), [(Expectation(()), "NoneType"), (Expectation((), None, Other("no")), "Other")]
)
def test_answers_of_another_type_are_refused(side, got):
    with pytest.raises(TypeError, match=f"answers: wanted Told, got {got}"):
        answers_of(side, Told)


def test_an_absent_answer_has_no_name():
    assert Told("yes").by_name() == {"word": "yes"}
    assert Told("yes", 0).by_name() == {"word": "yes", "number": 0}
