"""The answers of the reference and of a target on a decomposition table: the effect of a history, and the contents."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from viewproof.cases.answers import Answers
from viewproof_reference.tables import Situation

Entries = dict[Any, str]
"""What a table holds, in words: a role, the number of an operator without one, or `unknown`; and its decomposition."""


class HistoryAnswers(Answers):
    """The reference's answer on a history: the situation after all operations but the last."""

    situation: Situation


class TableAnswers(Answers, kw_only=True):
    """What is observed of a table: `after` are its entries at the end; `others` counts its operators without a role."""

    after: Entries
    others: int


class StepAnswers(TableAnswers, kw_only=True):
    """What is observed of the last operation of a history: `result` is what it gives, spelled as `Step.result` is.

    `before` are the table's entries before it. `aside_before` and `aside_after` are the entries, before it and at the
    end, of the tables set aside: those of which a copy was made, in that order, also by the last operation.
    """

    before: Entries
    result: Any
    aside_before: list[Entries]
    aside_after: list[Entries]


class EntriesAnswers(Answers):
    """The names of the operators of one part of a new table, as the reference expects them or as it has them."""

    entries: Set[str]
