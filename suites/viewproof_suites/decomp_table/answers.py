"""What the reference and a target say of a decomposition table: what its history leads to, and what it holds."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from viewproof.cases.answers import Answers
from viewproof_reference.tables import Situation

Entries = dict[Any, str]
"""What a table holds, in words: a role, the number of an operator without one, or `unknown`; and its decomposition."""


class HistoryAnswers(Answers):
    """What the reference says of a history: where the operations before the last one lead."""

    situation: Situation


class TableAnswers(Answers, kw_only=True):
    """What is seen of a table: `after` is what it holds at the end, among that of `others` operators without a role."""

    after: Entries
    others: int


class StepAnswers(TableAnswers, kw_only=True):
    """What is seen of the last operation of a history: `result` is what it gives, spelled as `Step.result` is.

    `before` is what the table held until then. `aside_before` and `aside_after` are what the tables that copies were
    made of held then and at the end, in the order of the copies; one that the last operation sets aside is the last.
    """

    before: Entries
    result: Any
    aside_before: list[Entries]
    aside_after: list[Entries]


class EntriesAnswers(Answers):
    """The names of the operators of one part of a new table: those that the reference expects, or that it has."""

    entries: Set[str]
