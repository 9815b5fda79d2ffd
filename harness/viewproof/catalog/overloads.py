"""Operator names made into torch overloads."""

from __future__ import annotations

from functools import lru_cache

import torch


def is_overload(operator: str) -> bool:
    """Whether the word is an overload's, `aten.slice.Tensor`, and no other subject's, such as `history.pop`."""
    return operator.count(".") == 2


@lru_cache(maxsize=4096)
def resolve(operator: str) -> torch._ops.OpOverload:
    """The overload called `aten.slice.Tensor`. Raises ValueError where this torch has none."""
    parts = operator.split(".")
    if len(parts) != 3:
        raise ValueError(f"operator {operator!r}: wanted namespace.name.overload")
    try:
        packet = getattr(getattr(torch.ops, parts[0]), parts[1])
        return getattr(packet, parts[2])  # type: ignore[no-any-return]
    except AttributeError as error:
        raise ValueError(f"operator {operator!r}: torch {torch.__version__} has no such overload") from error


@lru_cache(maxsize=4096)
def draws(operator: str) -> bool:
    """Whether the schema says that the operator draws random numbers. A subject of another kind has no schema."""
    return is_overload(operator) and torch.Tag.nondeterministic_seeded in resolve(operator).tags
