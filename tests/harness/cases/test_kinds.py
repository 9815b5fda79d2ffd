"""Subjects that are not calls: names that read back, and clear errors for those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.cases.kinds import kind_of, kind_of_type
from viewproof.engine.query import parse_query
from viewproof_suites.viewmeta.cases import SchemaCase

WORD = st.text("abcxyz_019", min_size=1, max_size=8)
names = st.builds("a{}.{}.{}".format, WORD, WORD, WORD)


@given(names)
def test_reading_is_the_inverse_of_writing(name):
    case = SchemaCase(name)
    assert parse_case(format_case(case)) == case


def test_a_schema_is_named_by_its_overload():
    case = parse_case(" schema( aten.select.int ) ")
    assert case == SchemaCase("aten.select.int")
    assert format_case(case) == "schema(aten.select.int)"
    assert kind_of(case) == "schema"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("schema(aten.select)", "an overload such as aten.slice.Tensor"),
        ("schema()", "an overload such as aten.slice.Tensor"),
        ("history(a, b, c", "an operator such as aten.slice.Tensor"),
        (
            "nothing(aten.select.int)",
            "schema or sample or samples or history or entries or module or an operator such as aten.slice.Tensor",
        ),
    ],
)
def test_a_malformed_name_is_refused(text, wanted):
    with pytest.raises(CaseSyntaxError) as caught:
        parse_case(text)
    assert wanted in str(caught.value)


def test_a_query_may_name_such_a_subject():
    query = parse_query("schema(aten.select.int)")
    assert (query.call, query.operator) == ("schema(aten.select.int)", "aten.select.int")
    assert parse_query("viewmeta/torchgen/*/schema(aten.select.int)").call == query.call


def test_a_type_that_no_kind_has_is_refused():
    with pytest.raises(KeyError, match="dict: wanted a subject of a kind"):
        kind_of_type(dict)
