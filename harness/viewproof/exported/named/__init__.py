"""The modules that have a name, a file a theme. Each function stands alone: `repro` copies its text into a script.

A function returns what `ModuleParts` says, and takes from outside of itself nothing but `torch`. A program beside the
suites may lend a module of its own, as the benchmark with real models does: it has a name for that long, in no suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

from viewproof.exported.modules import LENT, NAMED
from viewproof.exported.named import control_flow, effects, networks, sizes, views
from viewproof.exported.named.model import ModuleParts

THEMES: tuple[ModuleType, ...] = (views, sizes, control_flow, effects, networks)

_lent: dict[str, Callable[[], ModuleParts]] = {}


@contextmanager
def lent(name: str, words: frozenset[str], make: Callable[[], ModuleParts]) -> Iterator[None]:
    """Within: `module(NAME)` is the module that `make` makes; `words` as those in NAMED (cases/modules.py).

    Raises ValueError for a name that there is already.
    """
    if name in NAMED or name in LENT:
        raise ValueError(f"module {name!r}: wanted a name that no module has, got one's")
    LENT[name], _lent[name] = words, make
    try:
        yield
    finally:
        del LENT[name], _lent[name]


def builder_of(name: str) -> Callable[[], ModuleParts]:
    """The function that makes the module called `name`. Raises ValueError for a name that there is none of."""
    if name in _lent:
        return _lent[name]
    for theme in THEMES:
        found: Callable[[], ModuleParts] | None = vars(theme).get(f"make_{name}")
        if found is not None:
            return found
    raise ValueError(f"module {name!r}: wanted one of {', '.join(NAMED)}")


__all__ = ["THEMES", "ModuleParts", "builder_of", "lent"]
