"""What a suite is: a name, a level, its subjects, its targets and its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Suite:
    """One certified part of the contract.

    `operators()` names the overloads it sweeps; `families(operator, profile)` their families of bases;
    `cases(operator, family, profile)` yields candidates, calls or subjects of another kind (cases/kinds.py). `targets`
    and `rules` are names in the order they are reported; one that does not apply to a case is left out by `applies`,
    before anything runs. `refused` says which half of the generated cases is the suite's: those that the reference
    refuses, or those that it accepts. `unsampled()` names the overloads that the suite is about and has no case of,
    where it can say so.
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
    unsampled: Callable[[], tuple[str, ...]] | None = None
