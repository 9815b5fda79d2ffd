"""The histories done to a table: all of up to two operations, and longer ones of those that affect later operations.

The families of a history are named by its length. In histories longer than two, and at `quick` in those of two, the
operations before the last are from a chosen few, so that every last operation is tried in every state that these lead
to. What `quick` leaves out is a second operation after one that only reads: the table is then as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from viewproof_reference.tables.operations import BY_TEXT, OPERATIONS, Operation, all_operations
from viewproof_suites.decomp_table.cases import MADE, PARTS, EntriesCase, HistoryCase

#: The family of the one case of a part of a table's contents.
ENTRIES = "entries"
LENGTHS = ("none", "one", "two", "three", "four")

#: The operations that matter for custom operators: assign, delete, load, read, copy, materialize.
CUSTOM_ONLY = tuple(
    BY_TEXT[text]
    for text in (
        "t[early] = mine", "t[late] = mine", "del t[early]", "del t[late]", "load", "len(t)", "t.materialize()",
        "t = t.copy()",
    )
)  # fmt: skip
#: Operations that lead a table to every known kind of state.
WRITING = CUSTOM_ONLY + tuple(
    BY_TEXT[text]
    for text in ("del t[aten]", "t.update({early: mine})", "t.clear()", "t.popitem()", "t = copy(t)")
)  # fmt: skip
#: The same, with every other method that writes.
ANY_WRITING = WRITING + tuple(
    BY_TEXT[text]
    for text in (
        "t[aten] = mine", "t[absent] = mine", "del t[absent]", "t.pop(late)", "t.pop(early, mine)", "t.pop(late, mine)",
        "t.setdefault(early, mine)", "t.setdefault(late, mine)", "t |= {early: mine}", "t |= {absent: mine}",
        "t = deepcopy(t)",
    )
)  # fmt: skip


def operators() -> tuple[str, ...]:
    """The subjects of histories and entries, in name order."""
    return tuple(sorted([MADE, *(f"history.{word}" for word in OPERATIONS), *(f"entries.{part}" for part in PARTS)]))


def families(operator: str, profile: str) -> tuple[str, ...]:
    """The families of an operator: the one of its entries, or the lengths of its histories."""
    if operator.startswith("entries."):
        return (ENTRIES,)
    if operator == MADE:
        return ("none",)
    if profile == "quick":
        chosen = {f"history.{one.word}" for one in CUSTOM_ONLY}
        return ("one", "two", "three") if operator in chosen else ("one", "two")
    return ("one", "two", "three") if profile == "full" else ("one", "two", "three", "four")


def histories(operator: str, family: str, profile: str) -> Iterator[HistoryCase | EntriesCase]:
    """The cases of an operator and a family, in order."""
    if family == ENTRIES:
        yield EntriesCase(operator.partition(".")[2])
        return
    if operator == MADE:
        yield HistoryCase(())
        return
    every = all_operations()
    length = LENGTHS.index(family)
    before: tuple[Operation, ...] = tuple(every)
    if family == "two" and profile == "quick":
        before = ANY_WRITING
    elif family == "three":
        before = CUSTOM_ONLY if profile == "quick" else ANY_WRITING
    elif family == "four":
        before = WRITING
    last = CUSTOM_ONLY if family == "three" and profile == "quick" else every
    word = operator.partition(".")[2]
    for beginning in product(before, repeat=length - 1):
        for operation in last:
            if operation.word == word:
                yield HistoryCase((*beginning, operation))
