"""Answers about a view's functionalization API, question by question, and what was observed of a view's inverse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from viewproof.cases.answers import Answers
from viewproof.tensors.facts import TensorFacts
from viewproof_reference.inverses import DataTensor, ReturnMode
from viewproof_reference.layout import Layout


class SchemaAnswers(Answers):
    """The answers of one side on a view group and its live classes, by question: `view.class_name`, `live.NAME.exists`.

    The reference answers every question, a target those that it is asked.
    """

    by_question: dict[str, str]

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.by_question


class ObservedBase(NamedTuple):
    """What the inverse of output number `output` gave.

    `given` is the operand with its bytes and `mutated` the mutated view with its own; `root` is the layout of the
    tensor that the inverse leads to, the operand or what it is itself a view of. `facts` are the new base's, `shares`
    whether it is on the storage of `mutated`, `storage` the bytes of its own storage. If there is no inverse, `note`
    says why and `facts` is None. `elsewhere` are the facts of the new base from a second mutated view, contiguous on
    a storage of just its own elements; None where that is refused, or was not tried.
    """

    output: int
    given: DataTensor
    mutated: DataTensor
    root: Layout
    facts: TensorFacts | None
    shares: bool = False
    storage: bytes = b""
    note: str = ""
    elsewhere: TensorFacts | None = None


class InverseAnswers(Answers):
    """The new bases from those outputs of a case that are views of the operand, in one return mode."""

    mode: ReturnMode
    bases: tuple[ObservedBase, ...]
