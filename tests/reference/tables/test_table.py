"""The reference's table is a Python mapping in every method, and keeps its own laws beside."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.tables import MINE, OPERATIONS, DecompositionTable, OperationInputs, Roles, worded
from viewproof_reference.tables.operations import all_operations

#: What is a dict's affair alone: nothing is custom here, and nothing is loaded.
PLAIN = [
    one
    for one in all_operations()
    if one.word not in ("materialize", "load") and one.role in (None, "aten", "composite", "preserved")
]
BEGINNING = {"aten": "own", "composite": "own", 7: "own"}


class Source(Roles):
    """The roles as a source whose custom operators are loaded one by one."""

    def __init__(self):
        super().__init__(BEGINNING, ["early"])


@pytest.fixture
def table():
    return DecompositionTable(Source())


def outcome(table, operation):
    same = dict(table.items()) if operation.word in ("eq", "ne") else {}
    try:
        result = OPERATIONS[operation.word].do(table, OperationInputs(operation.role, MINE, same))
    except (KeyError, TypeError) as error:
        return table, type(error)
    if OPERATIONS[operation.word].copies:
        return result, type(result) is type(table)
    return table, worded(operation, result, list(table))


@given(st.lists(st.sampled_from(PLAIN), max_size=12))
def test_without_custom_operators_it_is_a_dict(operations):
    """Every operation gives what it gives on a dict, and leaves the same entries in the same order."""
    table, model = DecompositionTable(Roles(BEGINNING, ())), dict(BEGINNING)
    for operation in operations:
        table, found = outcome(table, operation)
        model, wanted = outcome(model, operation)
        assert found == wanted, operation
        assert list(table.items()) == list(model.items())


@given(st.lists(st.sampled_from(all_operations()), max_size=12))
def test_every_way_of_reading_says_the_same(operations):
    source = Source()
    table = DecompositionTable(source)
    for operation in operations:
        if operation.word == "load":
            source.loaded["late"] = "own"
        table, _ = outcome(table, operation)
    held = dict(table)
    assert {**table} == dict(table.items()) == table.materialize() == held
    assert [table[key] for key in table] == [table.get(key) for key in table] == list(table.values())
    assert list(table) == list(table.keys()) == list(held) == list(reversed(list(reversed(table))))
    assert (len(table), bool(table)) == (len(held), bool(held))
    assert table == held
    assert held == table
    assert (table != held) is False
    assert (table | {}) == held == ({} | table)
    assert repr(table) == f"DecompositionTable({held!r})"
    assert copy.copy(table) == copy.deepcopy(table) == table.copy() == table
    assert held.keys().isdisjoint(table.deleted)


def test_what_is_no_mapping_is_neither_equal_nor_merged(table):
    assert table != 3
    assert table != list(table.items())
    for merge in (lambda: table | 3, lambda: 3 | table):
        with pytest.raises(TypeError):
            merge()
    with pytest.raises(TypeError):
        hash(table)


def test_reading_takes_in_what_is_loaded_and_writing_does_not(table):
    table["aten"] = MINE
    del table["composite"]
    assert "early" not in table._entries
    assert "early" in table
    table._operators.loaded["late"] = "own"
    assert list(table) == ["aten", 7, "early", "late"]


def test_a_deleted_custom_operator_stays_deleted_when_it_is_loaded_and_read_twice(table):
    del table["late"]
    del table["early"]
    table._operators.loaded["late"] = "own"
    for _ in range(2):
        assert dict(table) == table.materialize() == BEGINNING
    assert table.deleted == {"late", "early"}
    for key in table.deleted:
        with pytest.raises(KeyError):
            del table[key]


@pytest.mark.parametrize(
    "revive",
    [
        lambda table: table.__setitem__("early", MINE),
        lambda table: table.update({"early": MINE}),
        lambda table: table.update([("early", MINE)]),
        lambda table: table.setdefault("early", MINE),
        lambda table: table.__ior__({"early": MINE}),
    ],
)
def test_assigning_ends_a_deletion(table, revive):
    del table["early"]
    revive(table)
    assert table["early"] == MINE
    assert table.deleted == set()


def test_a_pop_with_a_default_is_a_deletion_and_one_that_raises_is_none(table):
    assert table.pop("late", None) is None
    with pytest.raises(KeyError):
        table.pop("absent")
    with pytest.raises(KeyError):
        table.pop("preserved")
    assert table.pop("preserved", MINE) == MINE
    table._operators.loaded |= {"late": "own", "absent": "own"}
    assert table.keys() == {*BEGINNING, "early", "absent"}


def test_clear_deletes_what_is_loaded_and_no_more(table):
    table.clear()
    assert not table
    with pytest.raises(KeyError):
        table.popitem()
    table._operators.loaded["late"] = "own"
    assert list(table) == ["late"]


@pytest.mark.parametrize("copied", [lambda table: table.copy(), copy.copy, copy.deepcopy])
def test_a_copy_is_independent_and_has_the_deletions(table, copied):
    del table["late"]
    other = copied(table)
    assert type(other) is DecompositionTable
    table._operators.loaded["late"] = "own"
    assert "late" not in other
    other["late"] = other["aten"] = MINE
    del other["composite"]
    assert dict(table) == {**BEGINNING, "early": "own"}


def test_what_materialize_gives_is_the_callers(table):
    table.materialize().clear()
    assert dict(table) == {**BEGINNING, "early": "own"}


def test_from_keys_there_are_these_keys():
    assert DecompositionTable.fromkeys(["early"], MINE) == {"early": MINE}
