"""The laws of a history's operations: an operation's result and the entries after it, from the entries before it.

So a law holds wherever the operation comes, and no fault of an earlier operation is reported for this one. The entries
of a new table have a law of their own; step by step, the laws then determine the entries after any history.

A table's contents are written as a dict of words: the operator (a role, or a number for an operator that has none) to
`own`, its own decomposition, or `mine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from viewproof_reference.tables.operations import ATEN, CUSTOM, OPERATIONS, ROLES, Operation, OperationInputs
from viewproof_reference.tables.table import DecompositionTable

OWN, MINE = "own", "mine"
Held = Mapping[Any, str]


class Roles:
    """The source of a table in a history (see `Operators`): roles for operators, words for decompositions."""

    def __init__(self, beginning: Held, loaded: Iterable[str]) -> None:
        self.beginning = beginning
        self.loaded = dict.fromkeys(loaded, OWN)

    def aten(self) -> Held:
        """The entries that the table begins with."""
        return self.beginning

    def custom(self) -> dict[str, str]:
        """The custom roles that are loaded."""
        return self.loaded

    def is_custom(self, key: Any) -> bool:
        """Whether the role is a custom operator's."""
        return key in CUSTOM


class Situation(NamedTuple):
    """The state after the earlier operations of a history: which custom roles are deleted, and which are loaded.

    `taken` are those that a `popitem` may have removed and nothing wrote or deleted since. Which one it removes depends
    on the table's order, which the laws leave open: custom operators are added when the table looks for them, those
    added at once in any order. A role in `taken` that the table does not hold was removed.
    """

    deleted: frozenset[str]
    loaded: frozenset[str]
    taken: frozenset[str] = frozenset()

    def deleted_from(self, held: Held) -> frozenset[str]:
        """The custom roles that a table with the entries `held` no longer adds when they are loaded."""
        return self.deleted | (self.taken - held.keys())


class Step(NamedTuple):
    """An operation's result (a word, number, tuple or dict of these; `raises CLASS`), and the entries after it."""

    result: Any
    after: dict[Any, str]


def beginning(others: Iterable[Any] = ()) -> dict[Any, str]:
    """The entries of a table of all roles when it is made and read, and of these other operators."""
    return dict.fromkeys([*others, *ATEN, "early"], OWN)


def situation(operations: Sequence[Operation]) -> Situation:
    """The situation after these operations on the reference's table."""
    source = Roles(dict.fromkeys(ATEN, OWN), {"early"})
    table: Any = DecompositionTable(source)
    taken: set[str] = set()
    for operation in operations:
        if operation.word == "popitem":
            taken |= CUSTOM & table.keys()
            continue
        table = _go_on(table, source, operation)
        if operation.word == "clear":
            taken.clear()
        elif operation.role is not None and _writes(operation):
            taken.discard(operation.role)
    return Situation(table.deleted, frozenset(source.loaded), frozenset(taken))


def step(held: Held, before: Situation, operation: Operation) -> Step:
    """The operation's result on a table with the entries `held` (in its order), and the entries after it.

    A custom operator that is loaded but not in `held` counts as not loaded, whatever the reason; only `materialize`
    looks for it again, as export does before it decomposes, and `load` loads `late`.
    """
    shown = before.loaded if operation.word == "materialize" else before.loaded & held.keys()
    source = Roles(held, shown)
    table: Any = DecompositionTable(source, deleted=before.deleted_from(held))
    given = OperationInputs(operation.role, MINE, dict(held))
    if operation.word == "load" and "late" not in before.loaded:
        source.loaded["late"] = OWN
    try:
        result = OPERATIONS[operation.word].do(table, given)
    except (KeyError, TypeError) as error:
        return Step(f"raises {type(error).__name__}", dict(table.items()))
    if OPERATIONS[operation.word].copies:
        return Step("a table of its class", dict(result.items()))
    return Step(worded(operation, result, list(held)), dict(table.items()))


def worded(operation: Operation, result: Any, order: Sequence[Any]) -> Any:
    """A result in words: lists as tuples, values by their operators, `repr` as the roles that it names.

    `order` are the operators that the table held before the operation, in its order.
    """
    if operation.word == "values":
        return dict(zip(order, result, strict=True)) if len(result) == len(order) else f"{len(result)} values"
    if operation.word == "repr":
        return tuple([role for role in ROLES if repr(role) in result])
    if isinstance(result, list):
        return tuple(result)
    return str(result) if result is None or isinstance(result, bool) else result


def _writes(operation: Operation) -> bool:
    """Whether the operation determines the entry of its role, be the role in the table or deleted."""
    return operation.word in ("set", "update", "update_pairs", "ior", "setdefault", "del", "pop", "pop_default")


def _go_on(table: Any, source: Roles, operation: Operation) -> Any:
    if operation.word == "load":
        source.loaded["late"] = OWN
        return table
    given = OperationInputs(operation.role, MINE, {})
    try:
        result = OPERATIONS[operation.word].do(table, given)
    except (KeyError, TypeError):
        return table  # what is refused changes nothing
    return result if OPERATIONS[operation.word].copies else table
