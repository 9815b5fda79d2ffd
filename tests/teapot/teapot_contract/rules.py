"""The two clauses of the contract."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits

RULES = Rules(level=1, probe="facts")


def _poured(traits: Traits, target: str) -> bool:
    return traits.kind == "pour" and target == "poured"


@RULES.rule("pour.size", source="teapot.md", fault="a pour that spills", applies=_poured)
def size(subject: Subject, observation: Observation) -> Difference | None:
    """What is poured has the size of what it was poured from."""
    wanted, got = subject.case.operand.layout.size, observation.outputs[0].facts.size
    return None if got == wanted else Difference(str(wanted), str(tuple(got)), "size differs")


@RULES.rule("pour.fresh", source="teapot.md", fault="a pour of nothing", applies=_poured)
def fresh(subject: Subject, observation: Observation) -> Difference | None:
    """What is poured is a tensor of its own."""
    same = observation.outputs[0].identity
    return Difference("a tensor of its own", "the operand", "not poured") if same else None
