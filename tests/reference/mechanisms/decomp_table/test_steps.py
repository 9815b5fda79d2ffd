"""A step told from what was held before is what the whole table does, and operations are written as Python."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.mechanisms.decomp_table import (
    BY_TEXT,
    CUSTOM,
    OPERATIONS,
    OWN,
    ROLES,
    Operation,
    Situation,
    all_operations,
    beginning,
    situation,
    step,
    written,
)


def test_the_texts_are_python_and_each_is_one_operation():
    assert len(BY_TEXT) == len(all_operations()) == len(set(all_operations()))
    for text in BY_TEXT:
        ast.parse(text)
    assert {one.word for one in all_operations()} == set(OPERATIONS)
    assert {role for one in all_operations() if (role := one.role)} == set(ROLES)


@given(st.lists(st.sampled_from(all_operations()), min_size=1, max_size=10))
def test_step_by_step_is_the_whole_history(operations):
    """What is held, told step by step, is what the reference's table holds at the end of a history."""
    held = beginning()
    for place, operation in enumerate(operations):
        before = situation(operations[:place])
        held = step(held, before, operation).after
        loaded_and_kept = situation(operations[: place + 1])
        assert held.keys().isdisjoint(loaded_and_kept.deleted)
        assert loaded_and_kept.loaded - loaded_and_kept.deleted <= held.keys()


@pytest.mark.parametrize(
    ("before", "text", "result", "late"),
    [
        (Situation(frozenset(), frozenset({"early"})), "load", "None", OWN),
        (Situation(frozenset({"late"}), frozenset({"early"})), "load", "None", None),
        (Situation(frozenset(), frozenset({"early", "late"})), "late in t", "False", None),
        (Situation(frozenset(), frozenset({"early", "late"})), "del t[late]", "None", None),
        (Situation(frozenset({"late"}), frozenset({"early"})), "del t[late]", "raises KeyError", None),
        (Situation(frozenset(), frozenset({"early"})), "t.pop(late)", "raises KeyError", None),
        (Situation(frozenset(), frozenset({"early"})), "t.pop(late, mine)", "mine", None),
    ],
)
def test_what_is_not_held_was_not_taken_in(before, text, result, late):
    found = step(beginning(), before, BY_TEXT[text])
    assert (found.result, found.after.get("late")) == (result, late)


def test_materialize_looks_again_and_knows_what_is_deleted():
    everything = Situation(frozenset(), frozenset({"early", "late"}))
    assert step(beginning(), everything, BY_TEXT["t.materialize()"]).result["late"] == OWN
    deleted = Situation(frozenset({"late"}), frozenset({"early", "late"}))
    assert "late" not in step(beginning(), deleted, BY_TEXT["t.materialize()"]).result


def test_a_situation_is_what_operations_lead_to():
    operations = [BY_TEXT[text] for text in ("del t[late]", "load", "t = t.copy()", "del t[early]", "t[late] = mine")]
    assert situation(operations) == Situation(frozenset({"early"}), frozenset({"early", "late"}))
    assert situation([]) == Situation(frozenset(), frozenset({"early"}))
    assert situation([Operation("pop", "absent")]).deleted == set()
    assert situation(operations).deleted <= CUSTOM


def test_the_beginning_holds_what_has_no_role_too():
    assert beginning(range(3)).keys() == {0, 1, 2, "aten", "composite", "early"}
    assert written(Operation("del", "early")) == "del t[early]"
