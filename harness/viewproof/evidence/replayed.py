"""The probes `replay` and `gradient`: a view replayed by torch on another base, and the derivative of a read."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.cases.model import TensorArgument
from viewproof.evidence.outputs import OutputFacts, expected_outputs
from viewproof.evidence.probe import Probe, Refused
from viewproof.evidence.subject import Subject
from viewproof_reference.layout.derivative import expected_gradient, expected_tangent


class Replay(NamedTuple):
    """One output replayed on a base of the same geometry: its facts there, or a note that says why there are none.

    `on` of the facts is the operand's name where it lies on the other base's storage.
    """

    note: str
    facts: OutputFacts | None


def expected_replays(subject: Subject, word: str) -> tuple[Replay | None, ...]:
    """One replay for each output that is a view and not the operand itself; None for the others."""
    facts = expected_outputs(subject, word)
    assert not isinstance(facts, Refused), "a replay: wanted an accepted call, got a refused one"
    return tuple([
        None if one.identity or one.shares is None else Replay("", each)
        for one, each in zip(subject.expectation.outputs or (), facts, strict=True)
    ])  # fmt: skip


class Derivative(NamedTuple):
    """What reached the operand when distinct integers were sent back, and the outputs' forward tangents, row-major.

    `note` says why there is no gradient, which is None then.
    """

    note: str
    gradient: tuple[complex, ...] | None
    tangents: tuple[tuple[complex, ...], ...]


def expected_derivative(subject: Subject, word: str) -> Derivative:  # noqa: ARG001  every probe takes both
    """The derivative of a read is exact: small distinct integers are sent, in reverse and in forward mode."""
    known: Derivative | None = subject.known.get("derivative")
    if known is None:
        argument = subject.case.args[0]
        assert isinstance(argument, TensorArgument), "a derivative: wanted a strided operand"
        base = argument.layout
        reads = [one.reads or base for one in subject.expectation.outputs or ()]
        tangents = tuple([tuple(expected_tangent(base, one)) for one in reads])
        known = subject.known["derivative"] = Derivative("", tuple(expected_gradient(base, reads)), tangents)
    return known


REPLAY = Probe("replay", expected_replays)
GRADIENT = Probe("gradient", expected_derivative)
