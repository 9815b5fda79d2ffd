"""What is seen of a decomposition table: the probes `table-made`, `table-step`, `table-aside` and `table-entries`.

What an operation must give depends on what the table held before it, whatever an earlier fault made of that: the
expected evidence is the law of the operation, equal to every outcome that keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from viewproof.evidence.probe import Probe
from viewproof.evidence.subject import Subject
from viewproof_reference.replacements.table_contents import part_of
from viewproof_reference.tables import OPERATIONS, Operation, Situation, Step, beginning, situation, step, written

Entries = dict[Any, str]
"""What a table holds, in words: a role, the number of an operator without one, or `unknown`; and its decomposition."""


class Made(NamedTuple):
    """A table that was just made: its entries, and how many operators without a role there are for it to hold."""

    after: Entries
    others: int


class Outcome(NamedTuple):
    """What the last operation of a history did. `result` is what it gave, spelled as `Step.result` is.

    `before` and `after` are the table's entries; `copied` those of the table that the operation made a copy of, at the
    end, None where it made none.
    """

    before: Entries
    result: Any
    after: Entries
    copied: Entries | None


class Aside(NamedTuple):
    """The tables set aside, of which copies were made before the last operation: what they held then, and at last."""

    before: tuple[Entries, ...]
    after: tuple[Entries, ...]


class Beginning:
    """Equal to a new table that holds every operator with its own decomposition, and no other."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Made) and other.after == self.wanted(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "every operator with its own decomposition"

    def wanted(self, made: Made) -> Entries:
        """The entries that it must have."""
        return beginning(range(made.others))


@dataclass(slots=True, eq=False, repr=False)
class Law:
    """Equal to every outcome of the operation that keeps its law, `before` being the situation that it comes upon."""

    operation: Operation
    before: Situation
    #: The last outcome that was asked about, and what it had to be: comparing asks about one several times.
    _last: tuple[Outcome, Step] | None = field(default=None, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outcome):
            return False
        wanted = self.wanted(other)
        kept = other.before if self.copies else None
        return wanted.result == other.result and wanted.after == other.after and other.copied == kept

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"the law of {written(self.operation)}"

    @property
    def copies(self) -> bool:
        """Whether the operation makes a copy of the table."""
        return OPERATIONS[self.operation.word].copies

    def wanted(self, outcome: Outcome) -> Step:
        """What the operation must give, and leave, on a table that held what this one held."""
        if self._last is None or self._last[0] is not outcome:
            self._last = outcome, step(outcome.before, self.before, self.operation)
        return self._last[1]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unchanged:
    """Equal to so many tables set aside, each of which holds what it held."""

    count: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aside) and len(other.before) == self.count and other.before == other.after

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.count} tables as they were"


def expected_step(subject: Subject, word: str) -> Law:
    """The law of the history's last operation."""
    case: Any = subject.case
    return Law(case.operations[-1], situation(case.operations[:-1]))


def expected_made(subject: Subject, word: str) -> Beginning:
    """What a new table holds."""
    return Beginning()


def expected_aside(subject: Subject, word: str) -> Unchanged:
    """Every table of which a copy was made, as it was before the last operation."""
    case: Any = subject.case
    return Unchanged(sum(OPERATIONS[one.word].copies for one in case.operations[:-1]))


def expected_entries(subject: Subject, word: str) -> frozenset[str]:
    """The names of the operators that belong in the part, from the present state of torch's dispatcher."""
    case: Any = subject.case
    return frozenset(part_of(case.part))


MADE = Probe("table-made", expected_made)
STEP = Probe("table-step", expected_step)
ASIDE = Probe("table-aside", expected_aside)
ENTRIES = Probe("table-entries", expected_entries)
