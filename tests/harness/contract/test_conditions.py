"""What a `when` means: words are read, all that is named must hold, and a subject remembers what it was asked."""

import pytest

from viewproof.cases import parse_case
from viewproof.contract.conditions import Condition, reason_of
from viewproof.contract.features import Features
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

#: What a feature that takes a word holds of, and a case near it of which it does not.
WORDS = {
    "dtype:uint8": ("aten.alias.default(uint8[3])", "aten.alias.default(int8[3])"),
    "rank:1": ("aten.alias.default(int8[1])", "aten.alias.default(int8[])"),
    "refused-with:IndexError": ("aten.select.int(int8[3], 0, 3)", "aten.select.int(int8[3], 0, 2)"),
    "refusal:index: wanted one of # along dimension #, got #": (
        "aten.select.int(int8[3], 0, 3)",
        "aten.select.int(int8[3], 1, 0)",
    ),
}
FEATURES = Features()
FEATURES.on_base("complex", lambda base: base.dtype.startswith("complex"))
FEATURES.on_base("empty", lambda base: 0 in base.size)


def subject(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def holds(text, *when):
    return Condition(when, FEATURES).holds_of(subject(text))


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_asked_for(name):
    there, beside = WORDS[name]
    assert holds(there, name)
    assert not holds(beside, name)


def test_of_an_operand_that_is_not_strided_no_word_is_true():
    sparse = "aten._indices.default(sparse_coo([2], indices=int64[1,1]{0}, values=int8[1]))"
    assert not holds(sparse, "dtype:int8")
    assert not holds(sparse, "rank:1")


def test_absence_is_what_is_not():
    there, beside = WORDS["rank:1"]
    assert holds(beside, "!rank:1")
    assert not holds(there, "!rank:1")


def test_a_refusal_is_known_by_its_class_and_its_reason():
    text = "aten.select.int(float32[3,4], 2, 0)"
    reason = reason_of(expect(parse_case(text)))
    assert reason == "dim: wanted a dimension of a tensor of rank #, got #"
    assert holds(text, "refused-with:IndexError", f"refusal:{reason}")
    assert not holds(text, "refused-with:RuntimeError")
    assert not holds("aten.select.int(float32[3,4], 1, 0)", "refused-with:IndexError")


def test_all_features_of_a_when_must_hold():
    text = "aten.alias.default(complex64[0])"
    assert holds(text, "complex", "empty")
    assert not holds(text, "complex", "!empty")


def test_an_unknown_feature_is_refused_by_name():
    with pytest.raises(ValueError, match="feature 'emty': wanted one of complex, empty, refusal"):
        Condition(("emty",), FEATURES)


def test_what_holds_of_a_call_holds_of_the_module_that_makes_it():
    assert holds("module(aten.alias.default(complex64[0]))", "complex", "empty")
    assert not holds("module(aten.alias.default(complex64[1]))", "empty")


def test_a_subject_is_asked_once():
    asked = []
    features = Features()
    features.feature("costly")(lambda case, _: bool(asked.append(case)) or True)
    one = subject("aten.alias.default(int8[3])")
    assert Condition(("costly",), features).holds_of(one)
    assert not Condition(("!costly",), features).holds_of(one)
    assert len(asked) == 1


def test_a_second_feature_of_a_name_is_refused():
    with pytest.raises(ValueError, match="feature 'empty': wanted one function"):
        FEATURES.feature("empty")(FEATURES["complex"])
    with pytest.raises(ValueError, match="feature 'complex': wanted one function"):
        Features.together(FEATURES, FEATURES)
