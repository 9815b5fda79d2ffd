"""What a rule is: one clause of the contract, a name, and a function that compares expectation and observation."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from viewproof.observation import Observation
from viewproof.subject import Subject, Traits


class Difference(NamedTuple):
    """How an observation differs. `shape` says it without the case's numbers, so that one fault has one shape."""

    expected: str
    observed: str
    shape: str


Check = Callable[[Subject, Observation], Difference | None]
Applies = Callable[[Traits, str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One clause. `probe` is what a target must observe for it; `fault` the seeded fault that proves it can fail.

    `applies(traits, target)` is pure. `glanced` rules hold wherever a session's glance agrees (targets/glance.py and
    host.py), which lets the engine skip their functions there; tests prove that for each.
    """

    name: str
    level: int
    probe: str
    source: str
    fault: str
    applies: Applies
    check: Check
    doc: str
    glanced: bool = False

    @property
    def summary(self) -> str:
        """The first line of the clause."""
        return self.doc.splitlines()[0]


_RULES: dict[str, Rule] = {}


def rule(
    name: str, *, level: int, probe: str, source: str, fault: str, applies: Applies, glanced: bool = False
) -> Callable[[Check], Check]:
    """Register a check function as the rule `name`; its docstring is the clause. Raises ValueError on a second one."""

    def register(check: Check) -> Check:
        if name in _RULES:
            raise ValueError(f"rule {name}: wanted one function, got a second one, {check.__name__}")
        doc = inspect.getdoc(check)
        if not doc:
            raise ValueError(f"rule {name}: wanted a docstring that states the clause, got none")
        _RULES[name] = Rule(name, level, probe, source, fault, applies, check, doc, glanced)
        return check

    return register


def registered() -> dict[str, Rule]:
    """All rules registered so far, in the order of their clauses."""
    return _RULES


def accepted(traits: Traits, target: str) -> bool:
    """The reference accepts the call: every target must."""
    return not traits.refused


__all__ = ["Difference", "Rule", "Subject", "Traits", "accepted", "registered", "rule"]
