"""The operators that stand for the roles in histories: aten's are chosen, the custom ones are registered.

The custom operators have a namespace of their own, which is removed when the session ends. `late` has a schema from the
start, so that it can be named; it is loaded when its composite kernel is registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch._ops import OpOverload

from viewproof_reference.replacements.table_contents import (
    PRESERVED,
    composite_operators,
    core_decompositions,
    is_composite,
    name_of,
)

NAMESPACE = "viewproof_histories"
#: Candidates for each role of aten: the first one that this torch has in that part of the table is used.
_CHOICES = {
    "aten": ("aten.addcmul.default", "aten.addr.default", "aten.celu.default"),
    "composite": ("aten.linear.default", "aten.matmul.default", "aten.conv2d.default"),
    "preserved": tuple(sorted(PRESERVED)),
}


def mine(*_args: Any, **_kwargs: Any) -> None:
    """The decomposition that a history assigns; never called."""


def _identity(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


class RoleOperators:
    """The operator of each role; `load` and `unload` change whether `late` is loaded. `beside` has no role."""

    def __init__(self) -> None:
        self._defined = torch.library.Library(NAMESPACE, "FRAGMENT")
        self._loaded: torch.library.Library | None = None
        for role in ("early", "late", "absent"):
            self._defined.define(f"{role}(Tensor x) -> Tensor")
        self._defined.impl("early", _identity, "CompositeImplicitAutograd")
        self._defined.impl("absent", _identity, "CPU")
        space: Any = getattr(torch.ops, NAMESPACE)
        custom = {role: getattr(space, role).default for role in ("early", "late", "absent")}
        self.by_role: dict[str, OpOverload] = {**operators_of_aten(), **custom}
        self.beside = next(one for one in core_decompositions() if one not in self.by_role.values())

    @property
    def loaded(self) -> bool:
        """Whether `late` has its composite kernel."""
        return self._loaded is not None

    def load(self) -> None:
        """Register the composite kernel of `late`; a second time does nothing."""
        if self._loaded is None:
            self._loaded = torch.library.Library(NAMESPACE, "IMPL")
            self._loaded.impl("late", _identity, "CompositeImplicitAutograd")

    def unload(self) -> None:
        """Remove the composite kernel of `late` again."""
        if self._loaded is not None:
            self._loaded._destroy()
            self._loaded = None

    def close(self) -> None:
        """Remove the custom operators and their namespace."""
        self.unload()
        self._defined._destroy()
        # The library's finalizer accesses the namespace once more, so it must run before that is removed.
        del self._defined
        names: Any = torch.ops._dir
        if NAMESPACE in names:
            names.remove(NAMESPACE) if isinstance(names, list) else names.discard(NAMESPACE)
        vars(torch.ops).pop(NAMESPACE, None)


@contextmanager
def role_operators() -> Iterator[RoleOperators]:
    """The operators of the roles, registered for the body."""
    operators = RoleOperators()
    try:
        yield operators
    finally:
        operators.close()


@cache
def operators_of_aten() -> dict[str, OpOverload]:
    """The operators of aten's roles. Raises LookupError where this torch has none of the candidates."""
    core = {name_of(one): one for one in core_decompositions()}
    composite = {name_of(one): one for one in composite_operators()}
    plain = {name: one for name, one in core.items() if not is_composite(one)}
    left = {name: one for name, one in composite.items() if name not in core and name not in PRESERVED}
    kept = {name: one for name, one in composite.items() if name in PRESERVED and name not in core}
    parts: dict[str, dict[str, OpOverload]] = {"aten": plain, "composite": left, "preserved": kept}
    return {role: _first(role, part) for role, part in parts.items()}


def _first(role: str, part: dict[str, OpOverload]) -> OpOverload:
    for name in _CHOICES[role]:
        if name in part:
            return part[name]
    raise LookupError(f"role {role}: wanted one of {', '.join(_CHOICES[role])} in its part of the table, got none")
