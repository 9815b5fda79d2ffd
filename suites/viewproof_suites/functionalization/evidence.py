"""What a functionalized program shows, and what it must show: reads, storage, views, recorded steps, graph. No torch."""

from __future__ import annotations

from typing import Any, NamedTuple

from viewproof.evidence.probe import Probe
from viewproof.evidence.subject import Subject, operator_traits
from viewproof_reference.programs import as_tuple
from viewproof_suites.functionalization.program import MutatingProgram, Recorded, kept_program, steps_of

Elements = bytes | str
"""The bytes of a tensor's elements, row-major, lazy bits resolved; words where there is nothing that can be read."""


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


def subject_program(subject: Subject) -> MutatingProgram:
    """The program of a subject. Raises LookupError where it has none."""
    found: MutatingProgram | None = subject.known.get("program")
    if found is None:
        case = subject.case
        found = kept_program(case, subject.expectation, operator_traits(case.operator).inplace)
        if found is None:
            raise LookupError(f"{subject.name}: wanted a case that has a program, got one without")
        subject.known["program"] = found
    return found


def _run(subject: Subject, word: str) -> ProgramRun:
    known: ProgramRun | None = subject.known.get("program run")
    if known is None:
        seen = subject_program(subject).seen
        known = subject.known["program run"] = ProgramRun(seen.base, (*seen.views, *seen.later), seen.storage, "")
    return known


def view_facts(program: MutatingProgram, word: str) -> tuple[ViewFacts, ...]:
    """The facts of views that are reapplied on a device of the type `word`."""
    return tuple([
        ViewFacts(size, stride, offset, dtype, word, conj, neg)
        for size, stride, offset, dtype, conj, neg, _ in program.layouts
    ])  # fmt: skip


def copy_facts(program: MutatingProgram, word: str) -> tuple[CopyFacts, ...]:
    """The facts of views that become copies on a device of the type `word`."""
    return tuple([CopyFacts(one.size, one.dtype, word) for one in program.layouts])


def _view_facts(subject: Subject, word: str) -> tuple[ViewFacts, ...]:
    key = f"view facts {word}"
    known: tuple[ViewFacts, ...] | None = subject.known.get(key)
    if known is None:
        known = subject.known[key] = view_facts(subject_program(subject), word)
    return known


def _copy_facts(subject: Subject, word: str) -> tuple[CopyFacts, ...]:
    key = f"copy facts {word}"
    known: tuple[CopyFacts, ...] | None = subject.known.get(key)
    if known is None:
        known = subject.known[key] = copy_facts(subject_program(subject), word)
    return known


def _recorded(subject: Subject, reapply: bool) -> tuple[Recorded, ...]:
    key = "steps reapplied" if reapply else "steps copied"
    known: tuple[Recorded, ...] | None = subject.known.get(key)
    if known is None:
        rows: Any = subject.known.get("steps")
        if rows is None:
            rows = subject.known["steps"] = steps_of(subject_program(subject))
        known = subject.known[key] = tuple([
            tuple([(step.name, as_tuple(step, reapply)) for step in row]) for row in rows
        ])  # fmt: skip
    return known


def _view_steps(subject: Subject, word: str) -> tuple[Recorded, ...]:
    return _recorded(subject, True)


def _copy_steps(subject: Subject, word: str) -> tuple[Recorded, ...]:
    return _recorded(subject, False)


def _replays(program: MutatingProgram, facts: tuple[Facts, ...], steps: tuple[Recorded, ...]) -> Replays:
    return tuple([
        Replayed(fact, elements) if row and output.shares == "self" else None
        for output, fact, elements, row in zip(program.outputs, facts, program.seen.later, steps, strict=True)
    ])  # fmt: skip


def _view_replays(subject: Subject, word: str) -> Replays:
    return _replays(subject_program(subject), _view_facts(subject, word), _recorded(subject, True))


def _copy_replays(subject: Subject, word: str) -> Replays:
    return _replays(subject_program(subject), _copy_facts(subject, word), _recorded(subject, False))


PROGRAM = Probe("program", _run)
VIEWS = Probe("program-views", _view_facts)
COPIED_VIEWS = Probe("program-views", _copy_facts)
STEPS = Probe("steps", _view_steps)
COPY_STEPS = Probe("steps", _copy_steps)
APPLIED = Probe("steps-applied", _view_replays)
COPIES_APPLIED = Probe("steps-applied", _copy_replays)
GRAPH = Probe("program-graph", lambda subject, word: ())
"""The calls that make a traced graph impure, as `mutation: OPERATOR` or `view: OPERATOR`: there must be none."""
