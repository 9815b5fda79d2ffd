"""Lone surrogates are spelled out; every other text stays as it is."""

from hypothesis import given
from hypothesis import strategies as st

from viewproof.records.model import Failure
from viewproof.records.signature import signature_of
from viewproof.records.spelled import spelled, spelled_out


@given(text=st.text())
def test_what_utf_8_holds_stays_and_all_else_can_be_written(text):
    spelled(text).encode()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert spelled(text) == text


def test_every_text_of_plain_data_is_spelled():
    assert spelled_out({"\ud800": ("a", ["\udcff", 1, None])}) == {"\\ud800": ["a", ["\\udcff", 1, None]]}


def test_a_failure_holds_nothing_that_cannot_be_written():
    texts = dict.fromkeys(
        ("suite", "target", "rule", "operator", "case", "expected", "observed", "difference"), "\ud800é"
    )
    failure = Failure(verdict="fail", **texts)
    assert {getattr(failure, name) for name in texts} == {"\\ud800é"}
    assert failure.result == "/".join(["\\ud800é"] * 4)


def test_a_case_of_any_name_has_a_signature():
    assert signature_of("\ud800") == signature_of("\\ud800")
