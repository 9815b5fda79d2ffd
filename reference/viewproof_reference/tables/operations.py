"""The operations on a decomposition table that make up a history: how each is written, and how it is done to a table.

An operation acts on a table `t`. Those that take an operator take it by its role, such as `early`; `mine` is the
decomposition that a user assigns.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

#: The operators in histories, by role. `aten` has a decomposition of its own, `composite` is a composite operator of
#: aten, `preserved` one that tables leave out. The others are custom: `early` is loaded before the table is made,
#: `late` when the history says `load`, `absent` is never composite, and so never loaded.
ROLES = ("aten", "composite", "preserved", "early", "late", "absent")
#: The roles of an operation that takes no operator.
ALONE = (None,)
CUSTOM = frozenset({"early", "late", "absent"})
#: The roles that a table holds when it is made, before it is read.
ATEN = ("aten", "composite")


class Operation(NamedTuple):
    """One step of a history: `word` is a key of OPERATIONS, `role` the operator that it takes, if it takes one."""

    word: str
    role: str | None = None


class OperationInputs(NamedTuple):
    """The inputs of an operation: the operator, the decomposition to assign, a dict equal to the table's entries."""

    key: Any
    mine: Any
    same: Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One operation: how it is written, `{}` standing for the role, and what it does.

    `roles` are those that it takes, None alone where it takes none. `copies` says that later operations are done to
    its result.
    """

    text: str
    do: Callable[[Any, OperationInputs], Any]
    roles: tuple[str | None, ...] = ROLES
    copies: bool = False


def _set(table: Any, given: OperationInputs) -> None:
    table[given.key] = given.mine


def _delete(table: Any, given: OperationInputs) -> None:
    del table[given.key]


def _merge_into(table: Any, given: OperationInputs) -> None:
    table |= {given.key: given.mine}


def _from_keys(table: Any, given: OperationInputs) -> Any:
    return dict(table.fromkeys([given.key], given.mine).items())


def _materialized(table: Any, _: OperationInputs) -> Any:
    # The dict belongs to the caller: clearing it must not change the table.
    found = table.materialize()
    kept = dict(found)
    found.clear()
    return kept


OPERATIONS: dict[str, Meaning] = {
    "getitem": Meaning("t[{}]", lambda t, given: t[given.key]),
    "contains": Meaning("{} in t", lambda t, given: given.key in t),
    "get": Meaning("t.get({})", lambda t, given: t.get(given.key)),
    "get_default": Meaning("t.get({}, mine)", lambda t, given: t.get(given.key, given.mine)),
    "len": Meaning("len(t)", lambda t, _: len(t), ALONE),
    "bool": Meaning("bool(t)", lambda t, _: bool(t), ALONE),
    "list": Meaning("list(t)", lambda t, _: list(t), ALONE),
    "reversed": Meaning("list(reversed(t))", lambda t, _: list(reversed(t)), ALONE),
    "keys": Meaning("t.keys()", lambda t, _: list(t.keys()), ALONE),
    "values": Meaning("t.values()", lambda t, _: list(t.values()), ALONE),
    "items": Meaning("t.items()", lambda t, _: dict(list(t.items())), ALONE),
    "eq": Meaning("t == same", lambda t, given: t == given.same, ALONE),
    "eq_empty": Meaning("t == {{}}", lambda t, _: t == {}, ALONE),
    "ne": Meaning("t != same", lambda t, given: t != given.same, ALONE),
    "dict": Meaning("dict(t)", lambda t, _: dict(t), ALONE),
    "unpack": Meaning("{{**t}}", lambda t, _: {**t}, ALONE),
    "repr": Meaning("repr(t)", lambda t, _: repr(t), ALONE),
    "fromkeys": Meaning("t.fromkeys([{}], mine)", _from_keys, ("early",)),
    "or": Meaning("t | {{{}: mine}}", lambda t, given: dict((t | {given.key: given.mine}).items())),
    "ror": Meaning("{{{}: mine}} | t", lambda t, given: dict(({given.key: given.mine} | t).items())),
    "ior": Meaning("t |= {{{}: mine}}", _merge_into),
    "set": Meaning("t[{}] = mine", _set),
    "update": Meaning("t.update({{{}: mine}})", lambda t, given: t.update({given.key: given.mine})),
    "update_pairs": Meaning("t.update([({}, mine)])", lambda t, given: t.update([(given.key, given.mine)]), ("early",)),
    "update_nothing": Meaning("t.update()", lambda t, _: t.update(), ALONE),
    "setdefault": Meaning("t.setdefault({}, mine)", lambda t, given: t.setdefault(given.key, given.mine)),
    "del": Meaning("del t[{}]", _delete),
    "pop": Meaning("t.pop({})", lambda t, given: t.pop(given.key)),
    "pop_default": Meaning("t.pop({}, mine)", lambda t, given: t.pop(given.key, given.mine)),
    "pop_nothing": Meaning("t.pop()", lambda t, _: t.pop(), ALONE),
    "pop_three": Meaning("t.pop({}, mine, mine)", lambda t, one: t.pop(one.key, one.mine, one.mine), ("early",)),
    "popitem": Meaning("t.popitem()", lambda t, _: t.popitem(), ALONE),
    "clear": Meaning("t.clear()", lambda t, _: t.clear(), ALONE),
    "materialize": Meaning("t.materialize()", _materialized, ALONE),
    "copy": Meaning("t = t.copy()", lambda t, _: t.copy(), ALONE, copies=True),
    "shallow": Meaning("t = copy(t)", lambda t, _: copy.copy(t), ALONE, copies=True),
    "deep": Meaning("t = deepcopy(t)", lambda t, _: copy.deepcopy(t), ALONE, copies=True),
    # This changes the process and not the table: the code that runs a history loads the operator `late`.
    "load": Meaning("load", lambda _table, _given: None, ALONE),
}  # fmt: skip


def all_operations() -> list[Operation]:
    """Every operation, on every role that it can take, in the order of OPERATIONS and ROLES."""
    return [Operation(word, role) for word, doing in OPERATIONS.items() for role in doing.roles]


def written(operation: Operation) -> str:
    """The operation as it is written in the name of a history: `del t[early]`."""
    return OPERATIONS[operation.word].text.format(operation.role)


#: Every operation by its text.
BY_TEXT: dict[str, Operation] = {written(operation): operation for operation in all_operations()}
