"""Level 1: a call that the reference refuses raises."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits

RULES = Rules(level=1, probe="facts")


def _refused(traits: Traits, target: str) -> bool:
    return traits.refused


@RULES.rule(
    "error.refused",
    source="aten/src/ATen/WrapDimUtils.h; aten/src/ATen/native/TensorShape.cpp, TORCH_CHECK and TORCH_CHECK_INDEX",
    fault="a kernel that clamps an index out of range",
    applies=_refused,
)
def refused(subject: Subject, observation: Observation) -> Difference | None:
    """What the reference refuses every target refuses, with the exception class that eager has for it."""
    refusal = subject.expectation.refusal
    if refusal is None:
        return None
    expected = f"{refusal.kind}: {refusal.reason}"
    if observation.error is None:
        sizes = ", ".join(str(tuple(output.facts.size)) for output in observation.outputs)
        return Difference(expected, f"accepted: size {sizes}", "accepted")
    classes, message = observation.error
    if refusal.kind not in classes:
        return Difference(expected, f"{classes[0]}: {message[:160]}", f"{classes[0]}, wanted {refusal.kind}")
    return None
