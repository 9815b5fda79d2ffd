"""Observes torch's decomposition table: a history done to one, and the contents of a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple, cast

from torch._ops import OpOverload

from viewproof.contract.target import Session, Target
from viewproof.evidence.probe import Evidence, raised
from viewproof.evidence.subject import Subject, Traits
from viewproof_reference.replacements.table_contents import PRESERVED, name_of, part_with
from viewproof_reference.tables import MINE, OPERATIONS, OWN, ROLES, Operation, OperationInputs, worded
from viewproof_suites.decomp_table.cases import LONG, HistoryCase
from viewproof_suites.decomp_table.collectors import collected, has_table, kept_collectors, own_collectors, table_class
from viewproof_suites.decomp_table.evidence import ASIDE, ENTRIES, MADE, STEP, Aside, Entries, Made, Outcome
from viewproof_suites.decomp_table.operators import RoleOperators, mine, role_operators


class HistoryRun(NamedTuple):
    """A history that was run: the table at the end, those of which copies were made, the last operation's result.

    `refused` is what the last operation raised, as text, else None.
    """

    table: Any
    aside: list[Any]
    result: Any
    refused: str | None


class TableState(NamedTuple):
    """The state after a history: the table's entries as objects and in words; in words those of tables set aside."""

    entries: dict[Any, Any]
    held: Entries
    aside: list[Entries]


class _TableRaised(Exception):
    """What torch's table raised where it was made or read."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _read(table: Any) -> dict[Any, Any]:
    """The entries of a table, as objects. Raises _TableRaised."""
    try:
        return dict(table.items())
    except Exception as error:
        raise _TableRaised(error) from error


class TableSession:
    """A session that runs histories on tables that `make` makes.

    The state before the last operation is observed on a separate table, once for all histories that begin alike.
    `own` is the decomposition of each operator, with or without a role.
    """

    def __init__(self, operators: RoleOperators, make: Callable[[], Any], own: dict[Any, Any]) -> None:
        self.operators = operators
        self.make = make
        self.own = own
        roles = {id(one): role for role, one in operators.by_role.items()}
        others = [one for one in own if id(one) not in roles]
        self.others = len(others)
        self.tokens: dict[int, Any] = roles | {id(one): place for place, one in enumerate(others)}
        self.known = {id(one): (self.tokens[id(one)], found) for one, found in own.items()}
        self._before: dict[tuple[Operation, ...], TableState] = {}

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        """See `Session.observe`."""
        return [self._observe(subject, probes) for subject, probes in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: a table is made for each history."""
        return False

    def _observe(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        try:
            seen = self._look(_history(subject).operations)
        except _TableRaised as found:
            return raised(found.error)
        finally:
            self.operators.unload()
        return tuple([seen[probe] for probe in probes])

    def _look(self, operations: tuple[Operation, ...]) -> dict[str, Any]:
        """What each probe shows: the last operation's result, and the entries of the table and those set aside.

        Raises _TableRaised.
        """
        if not operations:
            return {MADE.name: Made(self._held(_read(self._go((), None).table)), self.others)}
        before = self._led_to(operations[:-1])
        went = self._go(operations, before)
        result = self._shown(operations[-1], went, before)
        after = self._held(_read(went.table))
        aside = [self._held(_read(table)) for table in went.aside]
        earlier = len(before.aside)
        copied = aside[earlier] if len(aside) > earlier else None
        return {
            STEP.name: Outcome(before.held, result, after, copied),
            ASIDE.name: Aside(tuple(before.aside), tuple(aside[:earlier])),
        }

    def _led_to(self, operations: tuple[Operation, ...]) -> TableState:
        known = self._before.get(operations)
        if known is None:
            went = self._go(operations, None)
            entries = _read(went.table)
            aside = [self._held(_read(table)) for table in went.aside]
            known = self._before[operations] = TableState(entries, self._held(entries), aside)
        return known

    def _go(self, operations: tuple[Operation, ...], before: TableState | None) -> HistoryRun:
        # Raises _TableRaised where the table cannot be made or read; what an operation raises is what it gives.
        self.operators.unload()
        try:
            table, aside = self.make(), []
        except Exception as error:
            raise _TableRaised(error) from error
        result, refused = None, None
        for place, operation in enumerate(operations):
            last = before is not None and place == len(operations) - 1
            same: dict[Any, Any] = {}
            if last and before is not None and operation.word in ("eq", "ne"):
                # A deep copy has its own decomposition objects, which no other table has.
                deep = any(one.word == "deep" for one in operations)
                same = _read(table) if deep else before.entries
            result, refused = None, None
            if operation.word == "load":
                self.operators.load()
            doing = OPERATIONS[operation.word]
            key = None if operation.role is None else self.operators.by_role[operation.role]
            try:
                result = doing.do(table, OperationInputs(key, mine, same))
            except Exception as error:  # noqa: BLE001  what an operation raises is what it gives
                refused = f"raises {type(error).__name__}"
                continue
            if doing.copies:
                aside.append(table)
                result, table = type(result) is type(table), result
        return HistoryRun(table, aside, result, refused)

    def _shown(self, operation: Operation, went: HistoryRun, before: TableState) -> Any:
        result = went.result
        if went.refused is not None:
            return went.refused
        if OPERATIONS[operation.word].copies:
            return "a table of its class" if result else f"a {type(went.table).__name__}"
        if operation.word == "repr":
            return tuple([role for role in ROLES if repr(self.operators.by_role[role]) in result])
        if operation.word == "values":
            pairs = zip(before.entries, result, strict=False)
            result = [self._word(key, value) for key, value in pairs] if len(result) == len(before.held) else result
            return worded(operation, result, list(before.held))
        if isinstance(result, dict):
            return self._held(result)
        if isinstance(result, list):
            return tuple([self.tokens.get(id(one), "unknown") for one in result])
        if isinstance(result, tuple) and len(result) == 2:
            key, value = result
            return self.tokens.get(id(key), "unknown"), self._word(key, value)
        if result is None or isinstance(result, int):
            return worded(operation, result, ())
        if operation.role is None:
            return f"a {type(result).__name__}"
        return self._word(self.operators.by_role[operation.role], result)

    def _held(self, entries: dict[Any, Any]) -> Entries:
        known, stranger = self.known, ("unknown", None)
        found = {}
        for key, value in entries.items():
            # By identity: an operator is one object, and its hash is computed in Python.
            token, own = known.get(id(key), stranger)
            found[token] = OWN if value is own else self._word(key, value)
        return found

    def _word(self, key: Any, value: Any) -> str:
        if value is mine:
            return MINE
        _, own = self.known.get(id(key), ("unknown", None))
        return OWN if value is own or _alike(value, own) else "another"


def _alike(one: Any, other: Any) -> bool:
    # A composite operator's decomposition is a `partial`; a deep copy makes another one of the same function.
    return (
        isinstance(one, partial)
        and isinstance(other, partial)
        and (_code(one.func), one.args, one.keywords) == (_code(other.func), other.args, other.keywords)
    )


def _history(subject: Subject) -> HistoryCase:
    case: Any = subject.case
    return cast("HistoryCase", case)


def _code(function: Any) -> Any:
    return getattr(function, "__code__", function)


@contextmanager
def open_table(device: str, operator: str, *, narrowed: bool, kept: bool = True) -> Iterator[TableSession]:
    """A session on torch's table; `narrowed` to the roles; with its own collectors where not `kept`."""
    with role_operators() as operators:
        known = collected()
        collectors: AbstractContextManager[Callable[[Any], Any]] = (
            kept_collectors(operators, known, narrowed=narrowed) if kept else own_collectors()
        )
        with collectors as decomposition:
            chosen = [*operators.by_role.values(), operators.beside]
            own = {one: known.core.get(one) or decomposition(one) for one in chosen}
            if not narrowed:
                held = [one for one in (*known.of_aten, *known.others) if name_of(one) not in PRESERVED]
                own = {one: decomposition(one) for one in held} | known.core | own
            yield TableSession(operators, table_class(), own)


class EntriesSession:
    """A session that reads the whole contents of a new table, as torch itself collects them."""

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        """See `Session.observe`: the names of the operators of the part."""
        return [self._observe(subject.case) for subject, _ in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: a table is made for each case."""
        return False

    def _observe(self, case: Any) -> Evidence:
        try:
            table = dict(table_class()().materialize())
        except Exception as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        # What is no overload belongs in no part, and is shown in each.
        keys = [one for one in table if not isinstance(one, OpOverload) or part_with(one) == case.part]
        return (frozenset([str(one) for one in keys]),)


@contextmanager
def _open_whole(device: str, operator: str) -> Iterator[Session]:
    if operator.startswith("entries."):
        yield EntriesSession()
    else:
        with open_table(device, operator, narrowed=False) as session:
            yield session


@contextmanager
def _open_narrow(device: str, operator: str) -> Iterator[Session]:
    with open_table(device, operator, narrowed=True) as session:
        yield session


def _takes_short(traits: Traits) -> bool:
    return has_table() and LONG not in traits.words


def _takes_long(traits: Traits) -> bool:
    return has_table() and LONG in traits.words


TORCH_TABLE = Target(
    "torch-table",
    "torch's decomposition table",
    _open_whole,
    _takes_short,
    (MADE, STEP, ASIDE, ENTRIES),
    kinds=frozenset({"history", "entries"}),
)
TORCH_TABLE_NARROWED = Target(
    "torch-table-narrowed",
    "torch's decomposition table, its collectors narrowed to the operators of the histories and one beside",
    _open_narrow,
    _takes_long,
    (STEP, ASIDE),
    kinds=frozenset({"history"}),
)
