"""Which operators are in the decomposition table, from torch's dispatcher and its registered decompositions alone.

Three parts: the decompositions after autograd that lead to core aten, the composite operators of aten that can be kept
whole but for the preserved ones, and the composite operators of every other namespace. A composite operator is one
with a kernel CompositeImplicitAutograd, in C++ or in Python. It can be kept whole where its schema tells all: it writes
nothing, aliases nothing, and its result does not consist of a tensor's layout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch
from torch._decomp import _core_aten_decompositions_post_autograd
from torch._ops import OpOverload

_KEY = torch._C.DispatchKey.CompositeImplicitAutograd
#: Composite operators of aten that backends want whole, or whose composite kernel is not functional.
PRESERVED = frozenset({
    "aten.upsample_bilinear2d.vec", "aten.upsample_nearest2d.vec",
    "aten.silu_backward.default", "aten.mish_backward.default", "aten._fused_rms_norm.default",
})  # fmt: skip
#: Composite operators with a wrong schema: they write the running statistics, and it does not say so.
MISDECLARED = frozenset({"aten.native_batch_norm.default"})
#: Operators that return a tensor's layout: a graph has their result, and no call.
LAYOUT_QUERIES = frozenset({
    "aten.dim.default", "aten.numel.default", "aten.sym_numel.default", "aten.size.default", "aten.sym_size.default",
    "aten.stride.default", "aten.sym_stride.default", "aten.storage_offset.default", "aten.sym_storage_offset.default",
    "aten.is_contiguous.default", "aten.is_contiguous.memory_format", "aten.is_strides_like_format.default",
    "aten.is_non_overlapping_and_dense.default", "prim.device.default",
})  # fmt: skip


def name_of(operator: OpOverload) -> str:
    """The overload's name: `aten.select.int`."""
    return str(operator)


@cache
def _core() -> dict[OpOverload, Callable[..., Any]]:
    registered: dict[Any, Callable[..., Any]] = dict(_core_aten_decompositions_post_autograd())
    return registered


def core_decompositions() -> dict[OpOverload, Callable[..., Any]]:
    """The registered decompositions after autograd that lead to core aten."""
    return dict(_core())


def composite_operators() -> list[OpOverload]:
    """Every composite operator that can be kept whole, of every namespace, in name order."""
    found = {*_registered_in_cpp(), *_registered_in_python()}
    return sorted(filter(can_be_kept, found), key=name_of)


def is_composite(operator: OpOverload) -> bool:
    """Whether the operator has a composite kernel now."""
    return torch._C._dispatch_has_kernel_for_dispatch_key(operator.name(), _KEY) or _KEY in operator.py_kernels


def can_be_kept(operator: OpOverload) -> bool:
    """Whether a graph may hold the operator whole: its schema says all that it does."""
    schema = operator._schema
    return (
        name_of(operator) not in MISDECLARED | LAYOUT_QUERIES
        and torch.Tag.maybe_aliasing_or_mutating not in operator.tags
        and not schema.is_mutable
        and all(argument.alias_info is None for argument in schema.arguments)
    )


def composite_decomposition(operator: OpOverload) -> Callable[..., Any]:
    """The decomposition of a composite operator: its own composite kernel."""
    kernel = operator.py_kernels.get(_KEY)
    return kernel if callable(kernel) else partial(operator._op_dk, _KEY)


class TorchOperators:
    """The operators of the installed torch as a table's source, in their state at each call."""

    def aten(self) -> dict[OpOverload, Callable[..., Any]]:
        """The decompositions of aten, and those that lead to core aten, whatever their namespace."""
        found = core_decompositions()
        for operator in composite_operators():
            if not self.is_custom(operator) and name_of(operator) not in PRESERVED:
                found.setdefault(operator, composite_decomposition(operator))
        return found

    def custom(self) -> dict[OpOverload, Callable[..., Any]]:
        """The composite operators of other namespaces that are loaded by now."""
        return {one: composite_decomposition(one) for one in composite_operators() if self.is_custom(one)}

    def is_custom(self, key: OpOverload) -> bool:
        """Whether the operator is not aten's."""
        return key.namespace != "aten"


def part_of(part: str) -> frozenset[str]:
    """The names of the operators of one part: `core`, `composite` (of aten) or `custom`. Raises KeyError for another.

    An operator that several parts would have is in the first of them.
    """
    core = frozenset(map(name_of, _core()))
    composite = {name_of(one): one.namespace == "aten" for one in composite_operators()}
    parts = {
        "core": core,
        "composite": frozenset(name for name, aten in composite.items() if aten) - core - PRESERVED,
        "custom": frozenset(name for name, aten in composite.items() if not aten) - core,
    }
    return parts[part]


def part_with(operator: OpOverload) -> str:
    """The part that the operator is of, where it is in a table at all."""
    if operator in _core():
        return "core"
    if operator.namespace != "aten":
        return "custom"
    return "composite" if is_composite(operator) else "core"


def _registered_in_cpp() -> list[OpOverload]:
    names = torch._C._dispatch_get_registrations_for_dispatch_key("CompositeImplicitAutograd")
    return [_overload(name) for name in names]


def _registered_in_python() -> list[OpOverload]:
    # A Python kernel is stored on the overload's Python object, which exists once something has accessed it.
    spaces = [space for space in vars(torch.ops).values() if isinstance(space, torch._ops._OpNamespace)]
    packets = [one for space in spaces for one in vars(space).values() if isinstance(one, torch._ops.OpOverloadPacket)]
    overloads = [getattr(packet, name) for packet in packets for name in packet.overloads()]
    return [one for one in overloads if _KEY in one.py_kernels]


def _overload(name: str) -> OpOverload:
    space, _, rest = name.partition("::")
    packet, _, overload = rest.partition(".")
    found: OpOverload = getattr(getattr(getattr(torch.ops, space), packet), overload or "default")
    return found
