"""What a crossref compares: the facts (metadata) of a tensor, and the structure of a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.utils._pytree import tree_flatten_with_path

from viewproof_reference.replacements.crossref.torchs import asks_torch

is_alias_of: Callable[[torch.Tensor, torch.Tensor], bool] = asks_torch(torch._C._is_alias_of)  # type: ignore[attr-defined]


class Facts(NamedTuple):
    """One strided tensor: `size`, `stride` and `offset` in elements, and its flags."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: torch.dtype
    conj: bool
    neg: bool
    grad: bool

    def significant(self) -> tuple[int | None, ...]:
        """The strides that an element depends on, with None for the others; empty for a tensor without elements."""
        if 0 in self.size:
            return ()
        return tuple([step if extent > 1 else None for extent, step in zip(self.size, self.stride, strict=True)])

    def flags(self) -> tuple[bool, bool, bool]:
        """The conj and neg bits, and whether a gradient is required."""
        return self.conj, self.neg, self.grad


@asks_torch
def facts_of(tensor: torch.Tensor) -> Facts:
    """The facts of a tensor, a functional wrapper or a fake one. Raises RuntimeError where it has no strides."""
    return Facts(
        tensor.size(),
        tensor.stride(),
        tensor.storage_offset(),  # type: ignore[arg-type]  # no symbolic shapes here
        tensor.dtype,
        tensor.is_conj(),
        tensor.is_neg(),
        tensor.requires_grad,
    )


@asks_torch
def has_facts(tensor: torch.Tensor) -> bool:
    """Whether the tensor is strided, on one storage."""
    return tensor.layout is torch.strided and not tensor.is_nested


class Leaf(NamedTuple):
    """One leaf of a result: its place (`` for a result that is one leaf, `[1]` in a list), the value, and its facts.

    `facts` is None where the value is no tensor, or one that is not strided.
    """

    place: str
    value: Any
    facts: Facts | None


def _leaf(place: str, value: Any) -> Leaf:
    return Leaf(place, value, facts_of(value) if isinstance(value, torch.Tensor) and has_facts(value) else None)


class Result(NamedTuple):
    """What a call returned, taken apart: `shape` tells a list from a tuple, and each from any other structure."""

    shape: str
    leaves: list[Leaf]


_WORD: dict[type, str] = {list: "list", tuple: "tuple", dict: "dict"}


def _shape_of(value: Any) -> str:
    kind = type(value)
    if kind is dict:
        return "dict(" + ", ".join([f"{key!r}: {_shape_of(one)}" for key, one in value.items()]) + ")"
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return f"{_WORD.get(kind, kind.__name__)}({', '.join([_shape_of(one) for one in value])})"
    return "tensor" if isinstance(value, torch.Tensor) else "none" if value is None else "value"


def taken_apart(value: Any) -> Result:
    """The structure and the leaves of what a call returned."""
    kind = type(value)
    if isinstance(value, torch.Tensor):
        return Result("tensor", [_leaf("", value)])
    if (kind is list or kind is tuple) and all(isinstance(one, torch.Tensor) for one in value):
        shape = f"{_WORD[kind]}({', '.join(['tensor'] * len(value))})"
        return Result(shape, [_leaf(f"[{place}]", one) for place, one in enumerate(value)])
    leaves, _ = tree_flatten_with_path(value, is_leaf=lambda one: one is None)
    return Result(_shape_of(value), [_leaf("".join([str(key) for key in path]), one) for path, one in leaves])


def sharing(leaves: Sequence[Leaf], inputs: Sequence[torch.Tensor]) -> list[tuple[str, ...]]:
    """For each leaf that is a tensor, what it shares its storage with: inputs by number, earlier leaves by place."""
    found = []
    earlier: list[Leaf] = []
    for leaf in leaves:
        if not isinstance(leaf.value, torch.Tensor):
            continue
        shared = [f"input {number}" for number, one in enumerate(inputs) if is_alias_of(leaf.value, one)]
        shared += [f"output{one.place}" for one in earlier if is_alias_of(leaf.value, one.value)]
        found.append(tuple(shared))
        earlier.append(leaf)
    return found
