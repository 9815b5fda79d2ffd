"""The suites, and the feature that a known issue is written in."""

from __future__ import annotations

from collections.abc import Iterator

from teapot_contract.cases import PourCase, read
from viewproof.contract.features import Features
from viewproof.contract.suite import Suite
from viewproof.generate import cases

SIZES = ("[]", "[3]", "[2,3]", "[2,0]")
FEATURES = Features()


@FEATURES.feature("teapot-empty")
def _empty(case: PourCase, expectation: object) -> bool:
    """There is nothing to pour."""
    return 0 in case.operand.layout.size


def _cases(operator: str, family: str, profile: str) -> Iterator[PourCase]:
    return (read(f"float32{size}") for size in SIZES)


TEAPOT = Suite(
    name="teapot",
    level=1,
    summary="every pour gives a tensor of its own, of the operand's size",
    operators=lambda: ("teapot.pour.default",),
    families=lambda operator, profile: ("pour",),
    cases=_cases,
    targets=("poured",),
    rules=("pour.size", "pour.fresh"),
)

#: Viewproof's clauses on aliasing, by name, on a target of the vendor's own: those apply whose probes it gives.
STEEPING = Suite(
    name="steeping",
    level=2,
    summary="aten's views, steeped",
    operators=lambda: ("aten.transpose.int",),
    families=lambda operator, profile: ("contiguous",),
    cases=cases,
    targets=("steeped",),
    rules=(
        "alias.storage", "alias.identity", "alias.bounds", "alias.read", "alias.write-through",
        "alias.inputs-unchanged", "alias.version", "alias.base", "replay.view-func",
    ),
)  # fmt: skip
