"""The two clauses of the contract."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.subject import Traits


class Poured(NamedTuple):
    """What the one probe shows: the size (elements), and whether the call gave its operand back."""

    size: tuple[int, ...]
    same: bool


RULES = Rules(level=1, probe="poured")


def _poured(traits: Traits) -> bool:
    return traits.kind == "pour"


@RULES.rule("pour.size", source="teapot.md", fault="a pour that spills", applies=_poured)
def size(expected: Poured, observed: Poured) -> Difference | None:
    """What is poured has the size of what it was poured from."""
    if expected.size == observed.size:
        return None
    return Difference(str(expected.size), str(tuple(observed.size)), "size differs")


@RULES.rule("pour.fresh", source="teapot.md", fault="a pour of nothing", applies=_poured)
def fresh(expected: Poured, observed: Poured) -> Difference | None:
    """What is poured is a tensor of its own."""
    if expected.same is observed.same:
        return None
    return Difference("a tensor of its own", "the operand", "not poured")
