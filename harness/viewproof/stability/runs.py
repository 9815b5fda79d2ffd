"""Plans the runs of a job: independent settings share one, so that the whole ends in a quarter of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viewproof.stability.machine import Machine
from viewproof.stability.settings import MissingLibrary, NotPossible, Request, Setting

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run, and what asks for each of its settings. The reference has none."""

    name: str
    asked: tuple[tuple[Setting, Request], ...] = ()

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for _, ask in self.asked for name, value in ask.variables.items()}

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(argument for _, ask in self.asked for argument in ask.arguments)

    @property
    def odd_folder(self) -> bool:
        return any(ask.odd_folder for _, ask in self.asked)

    @property
    def preloads(self) -> bool:
        return any(ask.preloads for _, ask in self.asked)


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs, the reference run first, and the settings that are not tried, each with its reason."""

    runs: tuple[PlannedRun, ...]
    set_aside: tuple[tuple[Setting, NotPossible | MissingLibrary], ...]


def plan_runs(settings: Sequence[Setting], machine: Machine) -> Plan:
    """The runs that try `settings` on `machine`.

    Raises ValueError where two settings of one run ask for the same variable or option: one of them could not arrive.
    """
    runs: dict[str, list[tuple[Setting, Request]]] = {}
    aside: list[tuple[Setting, NotPossible | MissingLibrary]] = []
    for setting in settings:
        ask = setting.ask(machine)
        if isinstance(ask, Request):
            runs.setdefault(setting.run, []).append((setting, ask))
        else:
            aside.append((setting, ask))
    for name, asked in runs.items():
        words = [word for _, ask in asked for word in (*ask.variables, *ask.arguments[:1])]
        if len(words) != len(set(words)):
            raise ValueError(f"run {name!r}: wanted settings that ask for different things, got {', '.join(words)}")
    return Plan(
        (PlannedRun(REFERENCE), *(PlannedRun(name, tuple(asked)) for name, asked in runs.items())), tuple(aside)
    )
