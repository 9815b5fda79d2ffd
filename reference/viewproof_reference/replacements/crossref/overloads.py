"""Which overloads have a Python object, and which others the dispatcher has.

Torch makes an overload's Python object when it is first accessed. So code that iterates over `torch.ops` finds only
what the program happened to access before, and misses everything else that is registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch._ops import OpOverload


def python_loaded_overloads() -> Iterator[OpOverload[..., Any]]:
    """Every overload that has a Python object by now, namespace by namespace, in the order of their loading."""
    for namespace in list(torch.ops):
        packets = getattr(torch.ops, namespace)
        for name in list(packets):
            packet = getattr(packets, name)
            for overload in list(packet):
                yield getattr(packet, overload)


def registered_names(namespace: str | None = None) -> list[str]:
    """The overloads that the dispatcher has, as `aten::slice.Tensor`, sorted; of one namespace, if it is named."""
    names: list[str] = torch._C._dispatch_get_all_op_names()
    return sorted(names if namespace is None else [name for name in names if name.startswith(f"{namespace}::")])


def load_overload(name: str) -> OpOverload[..., Any] | None:
    """The Python object of `aten::slice.Tensor`, loaded if need be; None where Python can have none."""
    namespace, _, rest = name.partition("::")
    packet_name, _, overload = rest.partition(".")
    packet = getattr(getattr(torch.ops, namespace), packet_name, None)
    found = None if packet is None else getattr(packet, overload or "default", None)
    return found if isinstance(found, OpOverload) else None


def load_overloads(namespace: str) -> tuple[OpOverload[..., Any], ...]:
    """Every registered overload of a namespace that Python can have, loaded."""
    found = [load_overload(name) for name in registered_names(namespace)]
    return tuple([one for one in found if one is not None])


class Census(NamedTuple):
    """What iterating over the loaded overloads leaves out: names as `aten::slice.Tensor`, sorted."""

    loaded: tuple[str, ...]
    left_out: tuple[str, ...]


def census(loaded: Iterable[OpOverload[..., Any]] | None = None) -> Census:
    """The registered overloads, divided into loaded ones (`loaded`, by default those loaded by now) and others."""
    known = {one.name() for one in (python_loaded_overloads() if loaded is None else loaded)}
    names = registered_names()
    return Census(tuple([one for one in names if one in known]), tuple([one for one in names if one not in known]))
