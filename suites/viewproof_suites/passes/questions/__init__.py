"""The questions about one trial of a pass, one file a theme. Each is a function from the trial to a text, the answer.

Like trial.py these functions depend on torch and each other alone, so that `repro` can copy them into scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from viewproof_suites.passes.questions import behaviour, effects, graph, kept
from viewproof_suites.passes.trial import Trial

THEMES: tuple[ModuleType, ...] = (graph, behaviour, kept, effects)


def question(name: str) -> Callable[[Trial], str]:
    """The question called `name`. Raises ValueError for a name that is no question's."""
    for theme in THEMES:
        found: Callable[[Trial], str] | None = vars(theme).get(f"ask_{name}")
        if found is not None:
            return found
    raise ValueError(f"question {name!r}: wanted one of {', '.join(names())}")


def names() -> tuple[str, ...]:
    """The questions that there are."""
    return tuple(name.removeprefix("ask_") for theme in THEMES for name in vars(theme) if name.startswith("ask_"))
