"""A step told from what was held before is what the whole table does, and operations are written as Python."""

import ast
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from viewproof_reference.tables import (
    ATEN,
    MINE,
    OPERATIONS,
    OWN,
    ROLES,
    DecompositionTable,
    Operation,
    OperationInputs,
    Roles,
    Situation,
    beginning,
    situation,
    step,
    worded,
    written,
)
from viewproof_reference.tables.operations import BY_TEXT, CUSTOM, all_operations

#: What a `popitem` may find last, by what was done before it.
BEFORE_A_POPITEM = tuple(
    BY_TEXT[text]
    for text in (
        "load", "t |= {preserved: mine}", "t[early] = mine", "t[late] = mine", "t[absent] = mine", "del t[early]",
        "t.clear()", "t.popitem()",
    )
)  # fmt: skip
POPITEM = BY_TEXT["t.popitem()"]
#: Every operation, and those before a `popitem` and itself so often that most histories have one that matters.
OFTEN = st.sampled_from(all_operations()) | st.sampled_from((*BEFORE_A_POPITEM, *[POPITEM] * 3))


class Ordered(Roles):
    """The roles as a source that names its custom operators in this order."""

    def __init__(self, order):
        super().__init__(dict.fromkeys(ATEN, OWN), {"early"})
        self.order = order

    def custom(self):
        return {role: self.loaded[role] for role in self.order if role in self.loaded}


def led_to(operations, order, reads):
    """A right table after the operations, and its source; it is read before each operation for which `reads` says so.

    With that what the last one gives, in words: its `values` and its answers to `same` are of what is held then.
    """
    source = Ordered(order)
    table, result = DecompositionTable(source), None
    for operation, read in zip(operations, reads, strict=True):
        doing, held = OPERATIONS[operation.word], dict(table.items()) if read else {}
        if operation.word == "load":
            source.loaded["late"] = OWN
        try:
            found = doing.do(table, OperationInputs(operation.role, MINE, held))
        except (KeyError, TypeError) as error:
            result = f"raises {type(error).__name__}"
            continue
        if doing.copies:
            table, result = found, "a table of its class"
        else:
            result = worded(operation, found, list(held) if read else list(table))
    return table, result


def broken_by_a_right_table(operations, order, reads):
    """What the law wants of the last operation and what the table gives, where these differ; else None."""
    before, _ = led_to(operations[:-1], order, reads)
    wanted = step(dict(before.items()), situation(operations[:-1]), operations[-1])
    table, result = led_to(operations, order, (*reads, operations[-1].word in ("eq", "ne", "values")))
    found = (result, dict(table.items()))
    return None if found == wanted else (wanted, found)


def test_the_texts_are_python_and_each_is_one_operation():
    assert len(BY_TEXT) == len(all_operations()) == len(set(all_operations()))
    for text in BY_TEXT:
        ast.parse(text)
    assert {one.word for one in all_operations()} == set(OPERATIONS)
    assert {role for one in all_operations() if (role := one.role)} == set(ROLES)


@given(st.lists(OFTEN, min_size=1, max_size=10))
@example([BY_TEXT["t |= {preserved: mine}"], POPITEM])
def test_step_by_step_is_the_whole_history(operations):
    """What is held, told step by step, is what the reference's table holds at the end of a history, but for what a
    `popitem` may have taken: a table that is read at every step may have another entry last than one that is not.
    """
    held = beginning()
    for place, operation in enumerate(operations):
        before = situation(operations[:place])
        held = step(held, before, operation).after
        there = situation(operations[: place + 1])
        assert held.keys().isdisjoint(there.deleted)
        assert there.loaded - there.deleted_from(held) <= held.keys()
        assert there.taken <= CUSTOM - there.deleted


@pytest.mark.parametrize("order", [("early", "late"), ("late", "early")])
@pytest.mark.parametrize("read", [False, True])
def test_whatever_entry_was_last_a_right_table_breaks_no_law_after_a_popitem(order, read):
    """All that is done to a table after what may have been last was taken out, whichever that was."""
    wrong = {}
    every = [one for one in all_operations() if one.role in (None, *CUSTOM)]
    for beginning_, last in product(product(BEFORE_A_POPITEM, repeat=2), every):
        operations = (*beginning_, POPITEM, last)
        found = broken_by_a_right_table(operations, order, (read,) * 3)
        if found is not None:
            wrong["; ".join(map(written, operations))] = found
    assert wrong == {}


@given(
    st.lists(st.tuples(OFTEN, st.booleans()), max_size=8),
    st.sampled_from(all_operations()),
    st.permutations(["early", "late"]),
)
def test_a_right_table_breaks_no_law_whenever_it_is_read(before, last, order):
    operations = (*[operation for operation, _ in before], last)
    assert broken_by_a_right_table(operations, order, tuple(read for _, read in before)) is None


@pytest.mark.parametrize(
    ("texts", "taken", "deleted"),
    [
        (["t |= {preserved: mine}", "t.popitem()"], {"early"}, set()),
        (["t[absent] = mine", "load", "t.popitem()"], {"absent", "early", "late"}, set()),
        (["t.popitem()", "t[early] = mine"], set(), set()),
        (["t.popitem()", "t.pop(early, mine)"], set(), {"early"}),
        (["t.popitem()", "t.get(early)"], {"early"}, set()),
        (["del t[late]", "load", "t.popitem()", "t.clear()"], set(), {"early", "late"}),
        (["t.clear()", "t.popitem()"], set(), {"early"}),
    ],
)
def test_which_entry_was_last_is_left_to_the_table(texts, taken, deleted):
    found = situation([BY_TEXT[text] for text in texts])
    assert (found.taken, found.deleted) == (taken, deleted)
    assert found.deleted_from(dict.fromkeys(taken, OWN)) == deleted
    assert found.deleted_from({}) == deleted | taken


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
