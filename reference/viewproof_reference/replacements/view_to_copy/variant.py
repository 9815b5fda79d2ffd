"""Which operator is a view to the pass, and which copy takes its place: read from the schemas alone."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch._ops import OpOverload


class NoCopyVariant(ValueError):
    """A view operator has no copy variant, so that it cannot be replaced."""

    def __init__(self, operator: OpOverload) -> None:
        self.operator = f"aten.{operator._opname}.{operator._overloadname}"
        super().__init__(f"{self.operator}: wanted a view with a copy variant, got one without")


def is_view(operator: OpOverload) -> bool:
    """Whether `operator` is a view to the pass: of aten, with a first argument that it aliases and does not write.

    `_unsafe_view` counts as one, as it aliases its operand although its schema does not say so.
    """
    if operator.namespace != "aten":
        return False
    if operator is torch.ops.aten._unsafe_view.default:
        return True
    arguments = operator._schema.arguments
    alias = arguments[0].alias_info if arguments else None
    return alias is not None and not alias.is_write


@lru_cache(maxsize=4096)
def copy_of(operator: OpOverload) -> OpOverload:
    """The copy variant of a view: `NAME_copy` with the same overload name and the same arguments, aliasing nothing.

    Raises NoCopyVariant where there is none.
    """
    if operator is torch.ops.aten._unsafe_view.default:
        return torch.ops.aten.view_copy.default
    packet = getattr(torch.ops.aten, f"{operator._opname}_copy", None)
    if packet is None or operator._overloadname not in packet.overloads():
        raise NoCopyVariant(operator)
    found: OpOverload = getattr(packet, operator._overloadname)
    if _arguments(found) != _arguments(operator) or any(one.alias_info for one in found._schema.returns):
        raise NoCopyVariant(operator)
    return found


def _arguments(operator: OpOverload) -> list[tuple[str, str, bool]]:
    return [(one.name, str(one.type), one.kwarg_only) for one in operator._schema.arguments]
