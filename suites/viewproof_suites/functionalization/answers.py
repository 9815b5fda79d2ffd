"""What was observed of a functionalized program: its reads, its input's storage, and its views or its graph."""

from __future__ import annotations

from viewproof.cases.answers import Answers
from viewproof.tensors.facts import TensorFacts
from viewproof_suites.functionalization.program import MutatingProgram, Recorded

Replay = tuple[TensorFacts, list[bytes]] | str | None
"""A view made again by its recorded steps: its facts and its elements, or what that raised. None where not asked."""


class ProgramAnswers(Answers, kw_only=True):
    """What every target observes of a program.

    `reads` are element bytes in the order of `MutatingProgram.reads`, `storage` the bytes of the input's storage at
    the end. `state` names what the run left changed in the thread's state; it is empty where nothing is.
    """

    program: MutatingProgram
    reads: tuple[bytes, ...]
    storage: bytes
    state: str = ""


class ViewAnswers(ProgramAnswers, kw_only=True):
    """In addition the facts (metadata) of each view, noted right after the program has taken it.

    `reapply` says that views are reapplied; else they become copies, of whose layout the facts say nothing.
    `sequences` are the recorded steps that lead to each view from its base.
    """

    facts: list[TensorFacts]
    reapply: bool
    sequences: tuple[Recorded, ...]


class ReplayAnswers(ViewAnswers, kw_only=True):
    """In addition what the recorded steps give on another base: `applied` has a replay for each view."""

    applied: list[Replay]


class GraphAnswers(ProgramAnswers, kw_only=True):
    """In addition the calls that make the traced graph impure: `left` has `mutation: OPERATOR` or `view: OPERATOR`."""

    left: list[str]
