"""What a functionalized program shows and must show: reads, storage, views, recorded steps, graph. No torch."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.evidence.probe import Probe
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.tensors.elements import Elements
from viewproof_reference.programs import Step, as_tuple
from viewproof_suites.functionalization.program import MutatingProgram, Recorded, kept_program, steps_of


class ProgramRun(NamedTuple):
    """What a program reads, and what it leaves behind.

    `base` is the base, read after the views were written; `views` each view then, and each view again after the base
    was written. `storage` holds the bytes of the input's storage at the end. `state` names what the run left changed
    in the thread's state; it is empty where nothing is.
    """

    base: Elements
    views: tuple[Elements, ...]
    storage: bytes
    state: str


class ViewFacts(NamedTuple):
    """What a view that is reapplied looks like to its program; `size`, `stride` and `offset` in elements."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: str
    device: str
    conj: bool
    neg: bool


class CopyFacts(NamedTuple):
    """What a view that became a copy looks like: strides, offset and flags are the copy's own."""

    size: tuple[int, ...]
    dtype: str
    device: str


Facts = ViewFacts | CopyFacts


class Replayed(NamedTuple):
    """A view made again by its recorded steps: its facts, and its elements."""

    facts: Facts
    elements: Elements


class NotReplayed(NamedTuple):
    """What applying the steps raised in place of a view: the class, and its first line."""

    kind: str
    message: str


Replays = tuple[Replayed | NotReplayed | None, ...]
"""What the recorded steps of each view give on another base; None where there are none to apply, or no such base."""


class OfViews(NamedTuple):
    """What is expected of a program's views in one mode."""

    facts: tuple[Facts, ...]
    steps: tuple[Recorded, ...]
    replays: Replays


class Expected:
    """All that is expected of a subject's program; of its views in each mode, worked out when it is first asked for."""

    __slots__ = ("_steps", "_views", "program", "run")

    def __init__(self, program: MutatingProgram) -> None:
        seen = program.seen
        self.program = program
        self.run = ProgramRun(seen.base, seen.views + seen.later, seen.storage, "")
        self._steps: tuple[tuple[Step, ...], ...] | None = None
        self._views: dict[tuple[bool, str], OfViews] = {}

    def views(self, reapply: bool, word: str) -> OfViews:
        """What is expected of the views, reapplied or made copies, on a device of the type `word`."""
        found = self._views.get((reapply, word))
        if found is None:
            found = self._views[reapply, word] = self._made(reapply, word)
        return found

    def _made(self, reapply: bool, word: str) -> OfViews:
        program = self.program
        rows = self._steps
        if rows is None:
            rows = self._steps = steps_of(program)
        facts: tuple[Facts, ...] = view_facts(program, word) if reapply else copy_facts(program, word)
        steps = tuple([tuple([(step.name, as_tuple(step, reapply)) for step in row]) for row in rows])
        replays = tuple([
            Replayed(fact, elements) if row and output.shares == "self" else None
            for output, fact, elements, row in zip(program.outputs, facts, program.seen.later, rows, strict=True)
        ])  # fmt: skip
        return OfViews(facts, steps, replays)


def view_facts(program: MutatingProgram, word: str) -> tuple[ViewFacts, ...]:
    """The facts of views that are reapplied on a device of the type `word`."""
    return tuple([
        ViewFacts(size, stride, offset, dtype, word, conj, neg)
        for size, stride, offset, dtype, conj, neg, _ in program.layouts
    ])  # fmt: skip


def copy_facts(program: MutatingProgram, word: str) -> tuple[CopyFacts, ...]:
    """The facts of views that become copies on a device of the type `word`."""
    return tuple([CopyFacts(one.size, one.dtype, word) for one in program.layouts])


def expected_of(subject: Subject) -> Expected:
    """What is expected of a subject's program. Raises LookupError where it has none."""
    found: Expected | None = subject.known.get("program")
    if found is None:
        case = subject.case
        program = kept_program(case, subject.expectation, operator_traits(case.operator).inplace)
        if program is None:
            raise LookupError(f"{subject.name}: wanted a case that has a program, got one without")
        found = subject.known["program"] = Expected(program)
    return found


def _run(subject: Subject, word: str) -> ProgramRun:
    return expected_of(subject).run


def _view_facts(subject: Subject, word: str) -> tuple[Facts, ...]:
    return expected_of(subject).views(True, word).facts


def _copy_facts(subject: Subject, word: str) -> tuple[Facts, ...]:
    return expected_of(subject).views(False, word).facts


def _view_steps(subject: Subject, word: str) -> tuple[Recorded, ...]:
    return expected_of(subject).views(True, word).steps


def _copy_steps(subject: Subject, word: str) -> tuple[Recorded, ...]:
    return expected_of(subject).views(False, word).steps


def _view_replays(subject: Subject, word: str) -> Replays:
    return expected_of(subject).views(True, word).replays


def _copy_replays(subject: Subject, word: str) -> Replays:
    return expected_of(subject).views(False, word).replays


def _graph(subject: Subject, word: str) -> tuple[str, ...]:
    return ()


PROGRAM = Probe("program", _run)
VIEWS = Probe("program-views", _view_facts)
COPIED_VIEWS = Probe("program-views", _copy_facts)
STEPS = Probe("steps", _view_steps)
COPY_STEPS = Probe("steps", _copy_steps)
APPLIED = Probe("steps-applied", _view_replays)
COPIES_APPLIED = Probe("steps-applied", _copy_replays)
GRAPH = Probe("program-graph", _graph)
"""The calls that make a traced graph impure, as `mutation: OPERATOR` or `view: OPERATOR`: there must be none."""
