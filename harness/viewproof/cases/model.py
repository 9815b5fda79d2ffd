"""A case: one call, written down whole. Plain data, hashable, and free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewproof_reference.layout.model import DualLayout, KnownTensor, Layout, NestedLayout, Operand, Size, SparseLayout


@dataclass(frozen=True, slots=True)
class TensorArgument:
    """A tensor operand of a case.

    `layout` (with `storage_bytes` set) places it on its storage. `flags` may hold `grad` (requires_grad) and `view`
    (the tensor is itself a view, made by `as_strided` of the flat base); conj and neg live in the layout.
    `storage` is None for a storage of its own, else the number k of a storage `$k` that several arguments share.
    `values` are known values in logical order, for operands that an operator reads as numbers.
    """

    layout: Layout
    flags: frozenset[str] = frozenset()
    storage: int | None = None
    values: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SparseArgument:
    """A sparse base; `indices` and `plain_indices` always carry known values. `kind` is torch's layout word."""

    kind: str
    size: Size
    indices: TensorArgument
    plain_indices: TensorArgument | None
    values: TensorArgument
    coalesced: bool = True


@dataclass(frozen=True, slots=True)
class NestedArgument:
    """A nested base over a flat buffer: one size, stride and storage offset (elements) a component."""

    buffer: TensorArgument
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]
    offsets: tuple[int, ...]
    jagged: bool = False


@dataclass(frozen=True, slots=True)
class DualArgument:
    """A forward-mode dual base, made at level 0 of a fresh dual context; tangent None makes a plain tensor."""

    primal: TensorArgument
    tangent: TensorArgument | None


AnyTensorArgument = TensorArgument | SparseArgument | NestedArgument | DualArgument
TENSOR_ARGUMENTS = frozenset({TensorArgument, SparseArgument, NestedArgument, DualArgument})


@dataclass(frozen=True, slots=True)
class Case:
    """One call of `operator` (`aten.slice.Tensor`).

    `args` and the values of `kwargs` are `AnyTensorArgument`s, ints, bools, floats, None, words (`str`: a dtype
    `int32`, a memory format `channels_last`, a layout `strided`, a device `cpu`), or tuples of these. `storages` are
    the declared shared storages in order: (dtype word, number of elements).
    """

    operator: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...] = ()
    storages: tuple[tuple[str, int], ...] = ()


def _distinct_columns(indices: TensorArgument) -> int:
    rows, columns = indices.layout.size
    values = indices.values or ()
    return len({tuple(values[row * columns + column] for row in range(rows)) for column in range(columns)})


def operand(argument: Any) -> Operand | Any:
    """The reference's view of a case argument: tensors become `Operand`s, everything else stays as it is."""
    kind = type(argument)
    if kind is TensorArgument:
        return argument.layout if argument.values is None else KnownTensor(argument.layout, argument.values)
    if kind is SparseArgument:
        plain = argument.plain_indices
        return SparseLayout(
            argument.kind,
            argument.size,
            argument.indices.layout,
            None if plain is None else plain.layout,
            argument.values.layout,
            argument.coalesced,
            _distinct_columns(argument.indices) if plain is None else None,
        )
    if kind is NestedArgument:
        return NestedLayout(argument.buffer.layout, argument.sizes, argument.strides, argument.offsets, argument.jagged)
    if kind is DualArgument:
        tangent = argument.tangent
        return DualLayout(argument.primal.layout, None if tangent is None else tangent.layout)
    if kind is tuple and argument and type(argument[0]) is TensorArgument:
        return tuple([operand(one) for one in argument])
    return argument
