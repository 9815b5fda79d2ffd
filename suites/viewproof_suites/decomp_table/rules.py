"""Level 5: the laws of export's decomposition table, first those of a Python mapping, then its own."""

from __future__ import annotations

from collections.abc import Callable, Collection

from viewproof.contract.rule import Applies, Check, Difference, Rules
from viewproof.evidence.subject import Traits
from viewproof_suites.decomp_table.evidence import Aside, Beginning, Law, Made, Outcome, Unchanged
from viewproof_suites.decomp_table.laws import entries_differ, goes_wrong, set_aside_changed, starts_wrong

RULES = Rules(level=5, probe="table-step")

_PYTHON = "docs.python.org, Mapping Types: dict; collections.abc, MutableMapping"
_OWN = "torch/export/decomp_utils.py, CustomDecompTable, its docstring"
_EXPORT = "torch/export/exported_program.py, run_decompositions and default_decompositions"


def _of(*words: str) -> Applies:
    operators = frozenset(f"history.{word}" for word in words)

    def applies(traits: Traits) -> bool:
        return traits.operator in operators

    return applies


def _entries(traits: Traits) -> bool:
    return traits.kind == "entries"


def _aside(traits: Traits) -> bool:
    return traits.kind == "history" and "aside" in traits.words


def _differs(wanted: tuple[str, str] | None) -> Difference | None:
    # One kind of finding for the operation's result and for the entries after it, as both are under one law.
    return None if wanted is None else Difference(*wanted, "differs")


@RULES.rule(
    "table.contents",
    source=f"{_OWN}; torch/_decomp/__init__.py; the dispatcher's registrations",
    fault="a table that lacks one composite operator, or holds one that writes to its argument",
    applies=_entries,
    probe="table-entries",
)
def contents(expected: frozenset[str], observed: frozenset[str]) -> Difference | None:
    """A table that was just made holds the decompositions after autograd that lead to core aten, and every composite
    operator whose schema says all that it does, but for the preserved ones; of each part all, and no other operator.
    """
    return _differs(entries_differ(expected, observed))


@RULES.rule(
    "table.creation",
    source=_OWN,
    fault="a table that begins without aten's composite operators",
    applies=_of("made"),
    probe="table-made",
)
def creation(expected: Beginning, observed: Made) -> Difference | None:
    """A table that was just made and is read holds every operator of its contents with the operator's own
    decomposition; a custom operator that was loaded before is among them.
    """
    return _differs(starts_wrong(expected, observed))


def _step(expected: Law, observed: Outcome) -> Difference | None:
    return _differs(goes_wrong(expected, observed))


def _law(name: str, words: Collection[str], source: str, fault: str) -> Callable[[Check], Check]:
    return RULES.rule(name, source=source, fault=fault, applies=_of(*words))


@_law("table.lookup", ("getitem", "contains", "get", "get_default"), _PYTHON, "a `get` that knows no entry")
def lookup(expected: Law, observed: Outcome) -> Difference | None:
    """`t[k]`, `k in t` and `t.get(k)` say the same of every operator: its decomposition where it is in the table, and
    where it is not KeyError, False, and the default. They leave the table as it was.
    """
    return _step(expected, observed)


@_law(
    "table.iteration",
    ("len", "bool", "list", "reversed", "keys", "values", "items"),
    _PYTHON,
    "a `values` without entries",
)
def iteration(expected: Law, observed: Outcome) -> Difference | None:
    """Iteration, `keys`, `values` and `items` tell of the same entries in the same order, `reversed` of the same in the
    other; `len` is their number, and a table is true where it is not 0. They leave the table as it was.
    """
    return _step(expected, observed)


@_law("table.equality", ("eq", "eq_empty", "ne"), _PYTHON, "a table that equals the empty dict")
def equality(expected: Law, observed: Outcome) -> Difference | None:
    """A table equals a dict of the same entries and no other, and `!=` is the contrary of `==`."""
    return _step(expected, observed)


@_law("table.conversion", ("dict", "unpack", "repr", "fromkeys"), _PYTHON, "a `repr` that names no operator")
def conversion(expected: Law, observed: Outcome) -> Difference | None:
    """`dict(t)` and `{**t}` have the table's entries, and `repr(t)` names its operators. `fromkeys` gives a mapping of
    just the keys that it is given.
    """
    return _step(expected, observed)


@_law("table.merge", ("or", "ror", "ior"), _PYTHON, "an `|` that drops the table's own entries")
def merge(expected: Law, observed: Outcome) -> Difference | None:
    """`t | d` and `d | t` have the entries of both, those of the right one first in doubt, and change neither; `t |= d`
    is `t.update(d)`.
    """
    return _step(expected, observed)


@_law(
    "table.assignment",
    ("set", "update", "update_pairs", "update_nothing", "setdefault"),
    f"{_PYTHON}; {_OWN}",
    "a `setdefault` that assigns what was there",
)
def assignment(expected: Law, observed: Outcome) -> Difference | None:
    """What is assigned is what the table then holds, by `t[k] = v` and by `update` with a mapping, with pairs, with
    nothing; also where the operator had been deleted. `setdefault` assigns where there is nothing, and returns what
    the table then holds.
    """
    return _step(expected, observed)


@_law(
    "table.removal",
    ("pop", "pop_default", "pop_nothing", "pop_three", "popitem", "clear"),
    _PYTHON,
    "a `pop` that returns a decomposition of what is not there",
)
def removal(expected: Law, observed: Outcome) -> Difference | None:
    """`pop` takes an operator out and returns its decomposition; where it is not there, the default or KeyError;
    without a key or with a third argument, TypeError. `popitem` takes out the last entry, `clear` every one.
    """
    return _step(expected, observed)


@_law("table.deletion", ("del",), f"{_OWN}; {_EXPORT}", "a table that forgets a deletion")
def deletion(expected: Law, observed: Outcome) -> Difference | None:
    """`del t[k]` takes an operator out, which preserves it. A custom operator may be deleted before it is loaded; what
    is deleted already, and an operator of aten that is not there, is a KeyError.
    """
    return _step(expected, observed)


@_law("table.loading", ("load",), f"{_OWN}, point 2", "a read that bypasses what was loaded since")
def loading(expected: Law, observed: Outcome) -> Difference | None:
    """A custom operator that is loaded is in the table when it is next read, also where the table was read before; one
    that was deleted, and not assigned since, stays deleted; one that was assigned keeps what it was given.
    """
    return _step(expected, observed)


@_law(
    "table.materialization",
    ("materialize",),
    f"{_OWN}, points 2 and 4",
    "a `materialize` that forgets deletions; one that returns the table's own dict",
)
def materialization(expected: Law, observed: Outcome) -> Difference | None:
    """`materialize` gives a dict of what the table holds and of every custom operator that is loaded by now, less those
    that were deleted, also when the table was read or materialized before; the dict is the caller's, and clearing it
    leaves the table as it was.
    """
    return _step(expected, observed)


@_law("table.copy", ("copy", "shallow", "deep"), f"{_PYTHON}; docs.python.org, copy", "a copy that lacks the deletions")
def copies(expected: Law, observed: Outcome) -> Difference | None:
    """`t.copy()`, `copy.copy(t)` and `copy.deepcopy(t)` give a table of the same class with the same entries, and leave
    the one that is copied as it was.
    """
    return _step(expected, observed)


@RULES.rule(
    "table.independence",
    source="docs.python.org, copy: the copy is a new compound object",
    fault="a copy that shares its entries with the table that it was made of",
    applies=_aside,
    probe="table-aside",
)
def independence(expected: Unchanged, observed: Aside) -> Difference | None:
    """What is done to a copy is not done to the table that it was made of: that one holds what it held before."""
    return _differs(set_aside_changed(expected, observed))
