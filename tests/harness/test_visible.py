"""What acts on a screen is spelled out; what is seen stays as it is."""

import pytest
from hostile import TEXTS, acting
from hypothesis import given
from hypothesis import strategies as st

from viewproof.visible import one_line, visible


@given(st.text(st.characters(codec=None)))
def test_nothing_in_it_acts(text):
    assert acting(visible(text), keep="") == []
    assert acting(one_line(text), keep="") == []


@given(st.text().filter(str.isprintable))
def test_what_is_seen_stays_as_it_is(text):
    assert visible(text) == text
    assert visible("wide\u3000space\xa0") == "wide\u3000space\xa0"


@given(st.characters(codec=None).filter(lambda one: acting(one, keep="")))
def test_what_acts_is_spelled_as_python_spells_it(one):
    assert visible(f"a{one}b") == f"a{repr(one)[1:-1]}b"


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_the_rest_of_a_hostile_text_is_there(text):
    assert visible(text).count("evil") == text.count("evil")
    assert "\n" not in visible(text)
    visible(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [("\x1b", r"\x1b"), ("\u202e", r"\u202e"), ("\ud800", r"\ud800"), ("\U000e0001", r"\U000e0001"), ("\n", r"\n")],
)
def test_it_is_spelled_as_python_spells_it(text, spelled):
    assert visible(text) == spelled


def test_line_breaks_are_kept_for_who_lays_out_lines():
    assert visible("a\nb\tc\r", keep="\n\t") == "a\nb\tc\\r"


def test_one_line_is_one_line():
    assert one_line(" a\n b\u2028\tc\x1b ") == r"a b c\x1b"


def test_any_value_has_a_text():
    assert visible(3) == "3"
    assert one_line(ValueError("a\nb")) == "a b"
