"""`Suite`: one certified part of a contract, with its name, level, subjects, targets and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from viewproof.contract.state import RESTORED
from viewproof.evidence.probe import Evidence
from viewproof.evidence.subject import Subject


class LargeRun(NamedTuple):
    """What a target showed of a case that is too large to be filled with data, and what it had to: for one rule.

    Both hold the data of the rule's probe alone, as of a task in which nothing else is asked.
    """

    target: str
    rule: str
    evidence: Evidence
    expected: Evidence


@dataclass(frozen=True, slots=True)
class LiveRuns:
    """How a suite's cases are run by name where `viewproof crossref` meets them in a program.

    `targets` are those that it runs; `takes` says whether the suite has the case. `large(subject, device)` is what can
    be run of a case whose bytes are too many; without it, that is the targets that need no data.
    """

    targets: tuple[str, ...]
    takes: Callable[[Subject], bool] = lambda _: True
    large: Callable[[Subject, str], Iterable[LargeRun]] | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """One certified part of the contract.

    `operators()` names the overloads it sweeps; `families(operator, profile)` their families of bases;
    `cases(operator, family, profile)` yields candidates, calls or subjects of another kind (cases/kinds.py). `targets`
    and `rules` are names in the order they are reported; one that does not apply to a case is left out by `applies`,
    before anything runs. Every suite has `state.restored` too, which it need not name. `refused` says which half of
    the generated cases is the suite's: those that the reference refuses, or those that it accepts. `covers` says that
    a case of each family shows that an operator is covered there. `unsampled()` names the overloads that the suite is
    about and has no case of, where it can say so. `live` says what of it is run for a user's program.
    `targets_on(operator, family, profile)` names the targets that run the generated cases of a family, where these are
    not all. `declines(subject)` says in words why a case that a query names is none of the suite's, though its
    operator is; empty where it is one. It is pure, and is asked of no generated case.
    """

    name: str
    level: int
    summary: str
    operators: Callable[[], tuple[str, ...]]
    families: Callable[[str, str], tuple[str, ...]]
    cases: Callable[[str, str, str], Iterator[Any]]
    targets: tuple[str, ...]
    rules: tuple[str, ...]
    refused: bool = False
    covers: bool = False
    unsampled: Callable[[], tuple[str, ...]] | None = None
    live: LiveRuns | None = None
    targets_on: Callable[[str, str, str], tuple[str, ...]] | None = None
    declines: Callable[[Subject], str] | None = None

    def __post_init__(self) -> None:
        """Add the rule that every execution owes."""
        if RESTORED not in self.rules:
            object.__setattr__(self, "rules", (*self.rules, RESTORED))

    def on(self, operator: str, family: str, profile: str) -> tuple[str, ...]:
        """The targets that run the generated cases of a family."""
        return self.targets if self.targets_on is None else self.targets_on(operator, family, profile)
