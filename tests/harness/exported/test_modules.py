"""Modules as cases: names that read back, the words that planning knows, and errors that say where."""

import pytest
from case_strategies import cases
from hypothesis import given

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.cases.kinds import kind_of, words_of
from viewproof.engine.query import parse_query
from viewproof.exported.modules import NAMED, ModuleCase
from viewproof.exported.named import THEMES, builder_of


@given(cases())
def test_reading_is_the_inverse_of_writing(call):
    case = ModuleCase(call)
    assert parse_case(format_case(case)) == case
    assert case.operator == call.operator


@pytest.mark.parametrize("name", NAMED)
def test_a_name_reads_back_and_has_its_maker(name):
    case = parse_case(f"module( {name} )")
    assert case == ModuleCase(None, name)
    assert format_case(case) == f"module({name})"
    assert (case.operator, words_of(case), kind_of(case)) == (f"module.{name}", NAMED[name], "module")
    assert builder_of(name).__name__ == f"make_{name}"


def test_no_maker_is_left_without_a_name():
    made = {name.removeprefix("make_") for theme in THEMES for name in vars(theme) if name.startswith("make_")}
    assert made == set(NAMED)
    with pytest.raises(ValueError, match="module 'condd': wanted one of"):
        builder_of("condd")


@pytest.mark.parametrize(
    ("text", "column", "wanted"),
    [
        ("module(condd)", 8, "a call, or one of chain, "),
        ("module()", 8, "an operator"),
        ("module(aten.slice.Tensor(float32[3], 0, 1)", 42, "',' or ')' after an argument"),
        ("module(aten.slice.Tensor(float99[3]))", 26, "dtype"),
        ("module(schema(aten.slice.Tensor))", 8, "a call, or one of chain, "),
    ],
)
def test_a_malformed_name_is_refused(text, column, wanted):
    with pytest.raises(CaseSyntaxError) as caught:
        parse_case(text)
    assert wanted in str(caught.value)
    assert caught.value.column == column


def test_a_query_may_name_a_module():
    query = parse_query("passes/*/*/module(aten.t.default(float32[3,4]))")
    assert (query.call, query.operator) == ("module(aten.t.default(float32[3,4]))", "aten.t.default")
    assert parse_query("module.cond").case == "module.cond"
