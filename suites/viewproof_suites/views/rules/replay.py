"""Level 2: torch's own replay of a view on another base, and the gradient of a read."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.replayed import Derivative, Replay
from viewproof.evidence.subject import Traits

RULES = Rules(level=2, probe="replay")


def _replayed(traits: Traits) -> bool:
    return (
        not traits.refused
        and traits.declared
        and traits.strided
        and not traits.inplace
        and not traits.severs
        and all(output.strided for output in traits.outputs)
        and any(output.shares and not output.identity for output in traits.outputs)
    )


def _differentiated(traits: Traits) -> bool:
    return (
        not traits.refused
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
)
def view_func(expected: tuple[Replay | None, ...], observed: tuple[Replay | None, ...]) -> Difference | None:
    """A view replayed on another base of the same geometry is the same view of that base."""
    if len(expected) != len(observed):
        return Difference(f"{len(expected)} outputs", f"{len(observed)} outputs", "number of outputs differs")
    for index, (wanted, got) in enumerate(zip(expected, observed, strict=True)):
        if wanted is None or got is None or wanted.facts is None:
            continue
        if got.facts is None or got.note:
            return Difference(f"output {index}: a replayed view", f"output {index}: {got.note}", got.note)
        if wanted.facts._replace(on=got.facts.on) != got.facts:
            return Difference(
                f"output {index}: {wanted.facts}", f"output {index}: {got.facts}", "replayed facts differ"
            )
        if wanted.facts.on != got.facts.on:
            return Difference(
                f"output {index}: a view of the new base", f"output {index}: not on its storage", "replay copies"
            )
    return None


def _numbers(expected: Derivative) -> bool:
    return bool(expected.gradient) or any(expected.tangents)


@RULES.rule(
    "grad.read",
    probe="gradient",
    source="tools/autograd/derivatives.yaml; the transpose of a 0/1 matrix",
    fault="a derivative that drops or doubles an element",
    applies=_differentiated,
    sees=_numbers,
)
def gradient(expected: Derivative, observed: Derivative) -> Difference | None:
    """The gradient of a read sums what was sent to each position, and the tangent of a read is the read of the tangent.

    Both are exact: small distinct integers are sent, in reverse and in forward mode.
    """
    if observed.gradient is None or observed.note:
        return Difference("a gradient", observed.note, observed.note)
    if expected.gradient != observed.gradient:
        return Difference(
            f"gradient {_listed(expected.gradient)}", f"gradient {_listed(observed.gradient)}", "gradient differs"
        )
    wanted, got = expected.tangents, observed.tangents
    if len(wanted) != len(got):
        return Difference(f"{len(wanted)} tangents", f"{len(got)} tangents", "number of tangents differs")
    for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
        if one != other:
            return Difference(
                f"output {index}: tangent {_listed(one)}",
                f"output {index}: tangent {_listed(other)}",
                "tangent differs",
            )
    return None


def _listed(numbers: tuple[complex, ...] | None) -> str:
    return str(None if numbers is None else [*numbers])
