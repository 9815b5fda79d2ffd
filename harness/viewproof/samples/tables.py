"""Torch's decomposition tables, and a mode that decomposes by one of them until nothing is left to decompose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

Decomposition = Callable[..., Any]


@cache
def _registries() -> Mapping[str, Mapping[Any, Decomposition]]:
    import torch._decomp

    return torch._decomp.global_decomposition_table


@cache
def registered(kind: str = "post_autograd") -> dict[str, Decomposition]:
    """The registered decompositions of a kind (`post_autograd`, `pre_autograd`, `meta`), by overload; or none."""
    found = _registries().get(kind, {})
    return {str(key): function for key, function in found.items() if isinstance(key, torch._ops.OpOverload)}


@cache
def export_table() -> dict[Any, Decomposition]:
    """What `run_decompositions` decomposes by when nothing is asked for: overloads and their decompositions.

    Torch's own operators only: those that someone registered from Python join the table too, and are left out.
    """
    import torch.export

    table = torch.export.default_decompositions()
    materialize = getattr(table, "materialize", None)
    entries = table if materialize is None else materialize()
    return {key: entries[key] for key in entries if not getattr(key, "_defined_in_python", False)}


@cache
def exported() -> dict[str, Decomposition]:
    """The same by the overloads' names."""
    return {str(key): function for key, function in export_table().items() if isinstance(key, torch._ops.OpOverload)}


@cache
def all_entries() -> tuple[str, ...]:
    """Every overload that some table has, registered (for meta tensors too) or in the export table, in name order."""
    return tuple(sorted({*registered(), *registered("pre_autograd"), *registered("meta"), *exported()}))


class DecompositionMode(TorchDispatchMode):
    """Decomposes each call that `table` has, recursively; `leaves` are the overloads that remain."""

    def __init__(self, table: Mapping[Any, Decomposition]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.table = table
        self.leaves: list[Any] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        decomposition = self.table.get(func)
        if decomposition is not None:
            with self:
                result = decomposition(*args, **(kwargs or {}))
            if result is not NotImplemented:
                return result
        self.leaves.append(func)
        return func(*args, **(kwargs or {}))


def decompose(operator: Any, table: Mapping[Any, Decomposition], leaves: list[str]) -> Decomposition:
    """A function that calls `operator` by its decomposition in `table`; what it ends in is appended to `leaves`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        mode = DecompositionMode(table)
        try:
            with mode:
                result = table[operator](*args, **kwargs)
            if result is NotImplemented:
                mode.leaves.append(operator)
                result = operator(*args, **kwargs)
        finally:
            leaves.extend(dict.fromkeys(map(str, mode.leaves)))
        return result

    return call
