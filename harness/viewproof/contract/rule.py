"""Rules: a rule is one clause of the contract, a name, and a function that compares expected with observed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

from viewproof.evidence.subject import Traits


class Difference(NamedTuple):
    """How evidence differs. `shape` says it without the case's numbers, so that one fault has one shape."""

    expected: str
    observed: str
    shape: str


#: (expected, observed), both the data of the rule's probe.
Check = Callable[[Any, Any], Difference | None]
Applies = Callable[[Traits], bool]
Sees = Callable[[Any], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One clause. `probe` is what a target must give for it; `fault` the seeded fault that proves it can fail.

    `applies(traits)` is pure: whether a target that has the probe owes a verdict. `check(expected, observed)` is a pure
    function of the probe's data, which holds on equal data. `sees(expected)` says whether there is anything to compare,
    None where there always is; where there is not, and nothing differs, the verdict is `unseen`.
    """

    name: str
    level: int
    probe: str
    source: str
    fault: str
    applies: Applies
    check: Check
    doc: str
    sees: Sees | None = None

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
        self, name: str, *, source: str, fault: str, applies: Applies, probe: str = "", sees: Sees | None = None
    ) -> Callable[[Check], Check]:
        """Make a check function the rule `name`; its docstring is the clause. Raises ValueError where it has none."""
        asked = probe or self.probe

        def register(check: Check) -> Check:
            doc = inspect.getdoc(check)
            if not doc:
                raise ValueError(f"rule {name}: wanted a docstring that states the clause, got none")
            if any(rule.name == name for rule in self._rules):
                raise ValueError(f"rule {name}: wanted one function, got a second one, {check.__name__}")
            self._rules.append(Rule(name, self.level, asked, source, fault, applies, check, doc, sees))
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


def accepted(traits: Traits) -> bool:
    """The reference accepts the call: every target must."""
    return not traits.refused
