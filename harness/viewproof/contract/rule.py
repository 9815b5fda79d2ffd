"""Rules: a rule is one clause of the contract, a name, and a function that compares expectation and observation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits


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


class Rules(Sequence[Rule]):
    """The rules of one file, in the order in which they stand there; each function registers itself as one.

    They are of one level; `probe` is that of a rule that names none.
    """

    def __init__(self, *, level: int, probe: str) -> None:
        self.level, self.probe = level, probe
        self._rules: list[Rule] = []

    def rule(
        self, name: str, *, source: str, fault: str, applies: Applies, probe: str = "", glanced: bool = False
    ) -> Callable[[Check], Check]:
        """Make a check function the rule `name`; its docstring is the clause. Raises ValueError where it has none."""
        asked = probe or self.probe

        def register(check: Check) -> Check:
            doc = inspect.getdoc(check)
            if not doc:
                raise ValueError(f"rule {name}: wanted a docstring that states the clause, got none")
            if any(rule.name == name for rule in self._rules):
                raise ValueError(f"rule {name}: wanted one function, got a second one, {check.__name__}")
            self._rules.append(Rule(name, self.level, asked, source, fault, applies, check, doc, glanced))
            return check

        return register

    @overload
    def __getitem__(self, place: int) -> Rule: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Rule]: ...
    def __getitem__(self, place: int | slice) -> Rule | Sequence[Rule]:
        return self._rules[place]

    def __len__(self) -> int:
        return len(self._rules)


def accepted(traits: Traits, target: str) -> bool:  # noqa: ARG001  every `applies` takes both
    """The reference accepts the call: every target must."""
    return not traits.refused
