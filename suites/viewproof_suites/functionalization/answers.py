"""What a functionalized program shows: its reads and its input, and what its targets see of its views or its graph."""

from __future__ import annotations

from viewproof.cases.answers import Answers
from viewproof.tensors.facts import TensorFacts
from viewproof_suites.functionalization.program import MutatingProgram, Recorded

Replay = tuple[TensorFacts, list[bytes]] | str | None
"""A view made anew by its recorded steps: its facts and its one read, or what that raised. None where none is due."""


class ProgramAnswers(Answers, kw_only=True):
    """What every target shows of a program.

    `reads` are in the order of `Program.reads`. `storage` is what the input's storage holds at the end. `state` says
    what of the thread's state the run left changed, empty where nothing.
    """

    program: MutatingProgram
    reads: tuple[bytes, ...]
    storage: bytes
    state: str = ""


class ViewAnswers(ProgramAnswers, kw_only=True):
    """What is seen of each view beside, once the program has taken it.

    `reapply` says that views are reapplied; else they become copies, of whose layout the facts say nothing.
    `sequences` are the recorded steps that lead to each view from its base.
    """

    facts: list[TensorFacts]
    reapply: bool
    sequences: tuple[Recorded, ...]


class ReplayAnswers(ViewAnswers, kw_only=True):
    """With that what becomes of the steps on another base: `applied` has a replay for each view."""

    applied: list[Replay]


class GraphAnswers(ProgramAnswers, kw_only=True):
    """With that what `left` the program's traced graph impure: `mutation: OPERATOR` or `view: OPERATOR` each."""

    left: list[str]
