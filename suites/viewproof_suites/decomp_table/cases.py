"""Cases on decomposition tables: operations done to one, `history(del t[early]; load)`, or contents, `entries(core)`.

An operation is spelled as in Python; its operators are roles (see tables/operations.py in the reference).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from viewproof.cases.scan import CaseSyntaxError
from viewproof_reference.tables.operations import BY_TEXT, OPERATIONS, Operation, written

#: The subject of a history without operations: the table as it is made.
MADE = "history.made"
#: Traits of a history: a copy was made before the last operation, which loads nothing, so that an older table is set
#: aside; there are more operations than are tried on a table of full size.
ASIDE, LONG = "aside", "long"
FULL_SIZE = 3
#: The parts of a table's contents.
PARTS = ("core", "composite", "custom")

_BETWEEN = re.compile(r"[ ]*;[ ]*")


@dataclass(frozen=True, slots=True)
class HistoryCase:
    """A table is made, and then these operations are done to it, one after the other."""

    operations: tuple[Operation, ...]

    @property
    def operator(self) -> str:
        """The subject of the history: its last operation, as in `history.pop`."""
        return f"history.{self.operations[-1].word}" if self.operations else MADE


@dataclass(frozen=True, slots=True)
class EntriesCase:
    """The question which operators are in a part of a table that was just made; `part` is one of PARTS."""

    part: str

    @property
    def operator(self) -> str:
        """The subject of the case, as in `entries.core`."""
        return f"entries.{self.part}"


def read_history(text: str) -> HistoryCase:
    found: list[Operation] = []
    at = 0
    for gap in [*_BETWEEN.finditer(text), None]:
        part = text[at : None if gap is None else gap.start()]
        if not text:
            break
        operation = BY_TEXT.get(part.rstrip())
        if operation is None:
            near = difflib.get_close_matches(part, BY_TEXT, n=1) or ["del t[early]"]
            raise CaseSyntaxError(
                f"history({text})", len("history(") + at + 1, f"an operation such as {near[0]}", repr(part)
            )
        found.append(operation)
        at = len(text) if gap is None else gap.end()
    return HistoryCase(tuple(found))


def write_history(case: HistoryCase) -> str:
    return "; ".join(map(written, case.operations))


def words_of_history(case: HistoryCase) -> frozenset[str]:
    operations = case.operations
    aside = any(OPERATIONS[operation.word].copies for operation in operations[:-1]) and operations[-1].word != "load"
    return frozenset([word for word, holds in ((ASIDE, aside), (LONG, len(operations) > FULL_SIZE)) if holds])


def read_entries(text: str) -> EntriesCase:
    if text not in PARTS:
        raise CaseSyntaxError(f"entries({text})", len("entries(") + 1, f"one of {', '.join(PARTS)}", repr(text))
    return EntriesCase(text)


def write_entries(case: EntriesCase) -> str:
    return case.part
