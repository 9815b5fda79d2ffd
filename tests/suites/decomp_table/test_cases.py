"""Names of histories and of a table's parts: they read back, and what is malformed is named with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.cases.kinds import kind_of, words_of
from viewproof.engine.query import parse_query
from viewproof_reference.tables import Operation
from viewproof_reference.tables.operations import all_operations
from viewproof_suites.decomp_table.cases import EntriesCase, HistoryCase


@given(st.lists(st.sampled_from(all_operations()), max_size=6).map(tuple))
def test_reading_is_the_inverse_of_writing(operations):
    case = HistoryCase(operations)
    assert parse_case(format_case(case)) == case


def test_a_history_reads_as_python():
    case = parse_case(" history( del t[early] ;load;  late in t ) ")
    assert case == HistoryCase((Operation("del", "early"), Operation("load"), Operation("contains", "late")))
    assert format_case(case) == "history(del t[early]; load; late in t)"
    assert (case.operator, kind_of(case)) == ("history.contains", "history")


def test_a_history_of_nothing_is_about_the_table_as_it_is_made():
    assert parse_case("history()") == HistoryCase(())
    assert HistoryCase(()).operator == "history.made"


@pytest.mark.parametrize("part", ["core", "composite", "custom"])
def test_a_part_of_the_entries_is_named(part):
    assert parse_case(f"entries({part})") == EntriesCase(part)
    assert format_case(EntriesCase(part)) == f"entries({part})"
    assert EntriesCase(part).operator == f"entries.{part}"


@pytest.mark.parametrize(
    ("text", "column", "wanted"),
    [
        ("history(del t[nearly])", 9, "del t[early]"),
        ("history(load; t.push(early))", 15, "t.pop(early)"),
        ("history(load;)", 14, "del t[early]"),
        ("history(load;; load)", 14, "del t[early]"),
        ("entries(cora)", 9, "core, composite, custom"),
    ],
)
def test_what_is_malformed_is_named_with_its_place(text, column, wanted):
    with pytest.raises(CaseSyntaxError) as caught:
        parse_case(text)
    assert caught.value.column == column
    assert wanted in str(caught.value)


def test_a_query_may_name_a_history_or_what_it_is_about():
    query = parse_query("decomp_table/torch-table/*/history(del t[early]; load)")
    assert (query.call, query.operator) == ("history(del t[early]; load)", "history.load")
    assert parse_query("history.pop").takes_operator("history.pop")
    assert parse_query("history").suite == "history"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("history(t = copy(t))", set()),
        ("history(t = copy(t); load)", set()),
        ("history(t = copy(t); t.clear())", {"aside"}),
        ("history(load; load; load)", set()),
        ("history(load; load; load; load)", {"long"}),
        ("history(load; t = t.copy(); load; len(t))", {"aside", "long"}),
    ],
)
def test_what_planning_may_know(text, words):
    assert words_of(parse_case(text)) == words
