"""Level 1: a call that the reference refuses raises."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.outputs import OutputFacts, Outputs
from viewproof.evidence.probe import Raised, Refused
from viewproof.evidence.subject import Traits

RULES = Rules(level=1, probe="facts")


def _refused(traits: Traits) -> bool:
    return traits.refused


@RULES.rule(
    "error.refused",
    source="aten/src/ATen/WrapDimUtils.h; aten/src/ATen/native/TensorShape.cpp, TORCH_CHECK and TORCH_CHECK_INDEX",
    fault="a kernel that clamps an index out of range",
    applies=_refused,
)
def refused(expected: Refused, observed: Outputs | Raised) -> Difference | None:
    """What the reference refuses every target refuses, with the exception class that eager has for it."""
    wanted = f"{expected.kind}: {expected.reason}"
    if not isinstance(observed, Raised):
        sizes = ", ".join([str(tuple(OutputFacts._make(one).size)) for one in observed])
        return Difference(wanted, f"accepted: size {sizes}", "accepted")
    if expected != observed:
        classes, message = observed
        return Difference(wanted, f"{classes[0]}: {message[:160]}", f"{classes[0]}, wanted {expected.kind}")
    return None
