"""The modules that have a name, a file a theme. Each function stands alone: `repro` copies its text into a script.

A function returns what `Made` says, and takes from outside of itself nothing but `torch`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from viewproof.cases.modules import NAMED
from viewproof.export.named import control_flow, effects, networks, sizes, views
from viewproof.export.named.model import Made

THEMES: tuple[ModuleType, ...] = (views, sizes, control_flow, effects, networks)


def builder_of(name: str) -> Callable[[], Made]:
    """The function that makes the module called `name`. Raises ValueError for a name that there is none of."""
    for theme in THEMES:
        found: Callable[[], Made] | None = vars(theme).get(f"make_{name}")
        if found is not None:
            return found
    raise ValueError(f"module {name!r}: wanted one of {', '.join(NAMED)}")


__all__ = ["THEMES", "Made", "builder_of"]
