"""Features of histories: which fault of torch's decomposition table makes the last operation go wrong.

`TorchTable` is the reference's table with torch's faults, each of which can be left out. Where the last operation goes
wrong with all of them, the fault named is the first one without which it goes right, or, if there is none, the first
one with which alone it goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from viewproof.cases import Case
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof_reference.tables import (
    ATEN,
    MINE,
    OPERATIONS,
    OWN,
    DecompositionTable,
    Operation,
    OperationInputs,
    Roles,
    situation,
    worded,
)
from viewproof_suites.decomp_table.cases import HistoryCase
from viewproof_suites.decomp_table.evidence import Aside, Law, Outcome, Unchanged
from viewproof_suites.decomp_table.laws import goes_wrong, set_aside_changed

FEATURES = Features()

#: Methods inherited from dict see an empty dict, since the class keeps its entries in another one.
EMPTY_BASE = "table-empty-base"
#: Only the first read adds the custom operators that are loaded.
READS_ONCE = "table-reads-once"
#: Adding custom operators forgets which ones were deleted.
FORGETS = "table-forgets"
#: A custom operator that is not in the table is popped as if it were, whatever the default.
PRETENDS = "table-pretends"
#: `update` takes one mapping and nothing else, `pop` of none or three gives None, `fromkeys` gives a whole table.
SIGNATURES = "table-signatures"
#: A shallow copy shares its entries with the table that it was made of.
SHARES = "table-shares"
#: An operator without a role; every table has at least one.
BESIDE = 0
#: In the order in which they are tried.
_ORDER = (PRETENDS, EMPTY_BASE, FORGETS, READS_ONCE, SIGNATURES)
FAULTS = frozenset({*_ORDER, SHARES})


class TorchTable(DecompositionTable[Any, Any]):
    """A table with some of torch's faults, over the roles of a history."""

    def __init__(self, operators: Roles, faults: frozenset[str]) -> None:
        super().__init__(operators)
        self.faults = faults
        self.base: dict[Any, Any] = {}
        self.was_read = False

    def _read(self) -> dict[Any, Any]:
        return self._entries if self.was_read and READS_ONCE in self.faults else self._take_in()

    def _take_in(self) -> dict[Any, Any]:
        self.was_read = True
        found = super()._read()
        if FORGETS in self.faults:
            self._deleted = set()
        return found

    def __getitem__(self, key: Any) -> Any:
        return self._read()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._read()

    def materialize(self) -> dict[Any, Any]:
        """The entries, loaded custom operators added at every call."""
        return dict(self._take_in())

    def pop(self, *arguments: Any) -> Any:
        """A write, like `del`: a loaded custom operator that was not added yet is popped as if it were."""
        if len(arguments) in (1, 2):
            return self._pop(*arguments)
        return None if SIGNATURES in self.faults else super().pop(*arguments)

    def _pop(self, key: Any, default: Any = ...) -> Any:
        if key in self._entries:
            found = self._entries[key]
            del self[key]
            return found
        custom = self._operators.is_custom(key) and key not in self._deleted
        if custom and (PRETENDS in self.faults or key in self._operators.custom()):
            self._deleted.add(key)
            return OWN
        if default is ...:
            raise KeyError(key)
        self._deleted.update({key} if custom else ())
        return default

    def update(self, *arguments: Any) -> None:  # type: ignore[override]
        """Update from one mapping; the fault SIGNATURES makes it refuse everything else."""
        if SIGNATURES in self.faults and not arguments:
            raise TypeError("update: wanted one argument, got none")
        if SIGNATURES in self.faults and not isinstance(arguments[0], Mapping):
            raise AttributeError("update: wanted a mapping with items")
        super().update(*arguments)

    def fromkeys(self, keys: Any, value: Any = None) -> Any:  # type: ignore[override]
        """With the fault SIGNATURES, a whole table with these keys in addition."""
        if SIGNATURES not in self.faults:
            return super().fromkeys(keys, value)
        other = TorchTable(cast("Roles", self._operators), self.faults)
        other.update(dict.fromkeys(keys, value))
        return other

    def copy(self) -> TorchTable:
        """A table of its own, with nothing in its base."""
        other = TorchTable(cast("Roles", self._operators), self.faults)
        other._entries, other._deleted, other.was_read = dict(self._entries), set(self._deleted), self.was_read
        return other

    def __copy__(self) -> TorchTable:
        self._read()
        other = self.copy()
        if SHARES in self.faults:
            other._entries, other._deleted = self._entries, self._deleted
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> TorchTable:
        self._read()
        return self.copy()


def _inherited(name: str) -> Callable[..., Any]:
    own: Callable[..., Any] = getattr(DecompositionTable, name)

    def method(self: TorchTable, *arguments: Any) -> Any:
        if EMPTY_BASE not in self.faults:
            return own(self, *arguments)
        if name == "__or__" and self.base:
            # Dict's `|` asks for the keys of the left side, which are all the table's, but not if it seems empty.
            return {**self, **arguments[0]}
        found = getattr(self.base, name)(*arguments)
        return self if name == "__ior__" else found

    return method


_INHERITED = (
    "get", "values", "__eq__", "__ne__", "__or__", "__ior__", "__repr__", "setdefault", "popitem", "clear",
)  # fmt: skip
for _name in _INHERITED:
    setattr(TorchTable, _name, _inherited(_name))


def _done(operations: tuple[Operation, ...], faults: frozenset[str], same: Any = None) -> tuple[Any, list[Any], Any]:
    # The table at the end, those set aside (of which copies were made), and the last operation's result.
    source = Roles(dict.fromkeys((*ATEN, BESIDE), OWN), {"early"})
    table, aside, result = TorchTable(source, faults), [], None
    for operation in operations:
        if operation.word == "load":
            source.loaded["late"] = OWN
        doing = OPERATIONS[operation.word]
        try:
            result = doing.do(table, OperationInputs(operation.role, MINE, same))
        except (KeyError, TypeError, AttributeError, RuntimeError) as error:
            result = error
            continue
        if doing.copies:
            aside.append(table)
            table, result = result, "a table of its class"
    return table, aside, result


def modelled(operations: tuple[Operation, ...], faults: frozenset[str]) -> tuple[Outcome, Aside]:
    """What would be seen of a table with these faults, for a history of at least one operation."""
    table, aside, _ = _done(operations[:-1], faults)
    before, aside_before = dict(table.items()), tuple([dict(one.items()) for one in aside])
    table, aside, result = _done(operations, faults, same=before)
    copied = None
    if isinstance(result, Exception):
        result = f"raises {type(result).__name__}"
    elif OPERATIONS[operations[-1].word].copies:
        copied = dict(aside[-1].items())
    else:
        result = worded(operations[-1], result, list(before))
    aside_after = tuple([dict(one.items()) for one in aside[: len(aside_before)]])
    return Outcome(before, result, dict(table.items()), copied), Aside(aside_before, aside_after)


@lru_cache(maxsize=4096)
def comes_to_light(case: HistoryCase) -> str | None:
    """The fault that makes the last operation go wrong; None where it goes right."""
    law = Law(case.operations[-1], situation(case.operations[:-1]))

    def wrong(faults: frozenset[str]) -> bool:
        return goes_wrong(law, modelled(case.operations, faults)[0]) is not None

    if not wrong(FAULTS):
        return None
    mended = (fault for fault in _ORDER if not wrong(FAULTS - {fault}))
    alone = (fault for fault in _ORDER if wrong(frozenset({fault})))
    return next(mended, None) or next(alone, None)


def changes_aside(case: HistoryCase) -> bool:
    """Whether the last operation changes a table that was set aside when a copy was made."""
    aside = modelled(case.operations, FAULTS)[1]
    return set_aside_changed(Unchanged(len(aside.before)), aside) is not None


def _register(fault: str) -> None:
    @FEATURES.feature(fault)
    def holds(case: Case, expectation: Expectation) -> bool:
        history: Any = case
        if not isinstance(history, HistoryCase) or not history.operations:
            return False
        return changes_aside(history) if fault == SHARES else comes_to_light(history) == fault


for _fault in sorted(FAULTS):
    _register(_fault)
