"""Level 2: torch's own replay of a view on another base, and the gradient of a read."""

from __future__ import annotations

from viewproof.cases.model import TensorArgument
from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof_reference.layout.derivative import expected_gradient, expected_tangent

RULES = Rules(level=2, probe="replay")


def _replayed(traits: Traits, target: str) -> bool:
    return (
        target == "eager"
        and not traits.refused
        and traits.declared
        and traits.strided
        and not traits.inplace
        and not traits.severs
        and all(output.strided for output in traits.outputs)
        and any(output.shares and not output.identity for output in traits.outputs)
    )


def _differentiated(traits: Traits, target: str) -> bool:
    return (
        target == "eager"
        and not traits.refused
        and traits.grad
        and traits.strided
        and not traits.inplace
        and not traits.severs
        and len(traits.outputs) > 0
        and all(output.differentiable for output in traits.outputs)
    )


@RULES.rule(
    "replay.view-func",
    source="torch/csrc/autograd/python_variable.cpp, _view_func_unsafe; torch/csrc/autograd/variable.h, ViewFunc",
    fault="a view function that replays another view",
    applies=_replayed,
    glanced=True,
)
def view_func(subject: Subject, observation: Observation) -> Difference | None:
    """A view replayed on another base of the same geometry is the same view of that base."""
    expected = zip(subject.expectation.outputs or (), subject.expected_facts, strict=True)
    # A wrong number of outputs is reported by layout.size; those that exist are replayed.
    for index, ((wanted, facts), got) in enumerate(zip(expected, observation.outputs, strict=False)):
        if wanted.identity or wanted.shares is None:
            continue
        if got.replayed is None:
            return Difference(f"output {index}: a replayed view", f"output {index}: {got.note}", got.note)
        if got.replayed != facts:
            return Difference(f"output {index}: {facts}", f"output {index}: {got.replayed}", "replayed facts differ")
        if not got.replay_shares:
            return Difference(
                f"output {index}: a view of the new base", f"output {index}: not on its storage", "replay copies"
            )
    return None


@RULES.rule(
    "grad.read",
    probe="gradient",
    source="tools/autograd/derivatives.yaml; the transpose of a 0/1 matrix",
    fault="a derivative that drops or doubles an element",
    applies=_differentiated,
    glanced=True,
)
def gradient(subject: Subject, observation: Observation) -> Difference | None:
    """The gradient of a read sums what was sent to each position, and the tangent of a read is the read of the tangent.

    Both are exact: small distinct integers are sent, in reverse and in forward mode.
    """
    outputs = subject.expectation.outputs or ()
    operand = subject.case.args[0]
    base = operand.layout if isinstance(operand, TensorArgument) else None
    if observation.gradient is None or base is None:
        return Difference("a gradient", observation.gradient_note, observation.gradient_note)
    wanted = expected_gradient(base, [one.reads or base for one in outputs])
    if wanted != observation.gradient:
        return Difference(f"gradient {wanted}", f"gradient {observation.gradient}", "gradient differs")
    if len(outputs) != len(observation.tangents):
        return Difference(
            f"{len(outputs)} tangents", f"{len(observation.tangents)} tangents", "number of tangents differs"
        )
    for index, (one, got) in enumerate(zip(outputs, observation.tangents, strict=True)):
        tangent = expected_tangent(base, one.reads or base)
        if tangent != got:
            return Difference(f"output {index}: tangent {tangent}", f"output {index}: tangent {got}", "tangent differs")
    return None
