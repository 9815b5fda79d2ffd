"""The data types of the layout rules: tensors described by integers and words, without data and without torch.

Every quantity that counts elements says so; only `storage_bytes` counts bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Size = tuple[int, ...]


class Layout(NamedTuple):
    """A strided tensor over one storage.

    `size`, `stride` and `offset` count elements of `dtype`; `storage_bytes` counts bytes. `dtype` is torch's own
    word for it (`"float32"`). `conj` and `neg` are the lazy conjugation and negation bits.
    """

    size: Size
    stride: Size
    offset: int
    dtype: str
    conj: bool = False
    neg: bool = False
    storage_bytes: int = 0


@dataclass(frozen=True, slots=True)
class KnownTensor:
    """A tensor operand whose values an operator reads as numbers (the start of `narrow.Tensor`), in logical order."""

    layout: Layout
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SparseLayout:
    """A sparse tensor by its component storages.

    `kind` is torch's layout word (`sparse_coo`, `sparse_csr`, `sparse_csc`, `sparse_bsr`, `sparse_bsc`). `indices` is
    the COO index matrix or the compressed (crow/ccol) indices; `plain_indices` the col/row indices of a compressed
    layout, None for COO. `distinct` counts the different index columns of a COO operand, which is how many elements
    it has once coalesced; None where that is not known (an output).
    """

    kind: str
    size: Size
    indices: Layout
    plain_indices: Layout | None
    values: Layout
    coalesced: bool = True
    distinct: int | None = None


@dataclass(frozen=True, slots=True)
class NestedLayout:
    """A nested tensor over one flat buffer.

    `sizes`, `strides` hold one tuple a component (elements); `offsets` one storage offset a component. `jagged` is
    True for torch's jagged layout, whose components vary in one dimension only.
    """

    buffer: Layout
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]
    offsets: tuple[int, ...]
    jagged: bool = False


@dataclass(frozen=True, slots=True)
class DualLayout:
    """A forward-mode dual tensor: a primal and its tangent, each with a storage of its own (tangent None: absent)."""

    primal: Layout
    tangent: Layout | None


Operand = Layout | KnownTensor | SparseLayout | NestedLayout | DualLayout
AnyLayout = Layout | SparseLayout | NestedLayout | DualLayout


class Output(NamedTuple):
    """One tensor that a call must return.

    `layout` is what it looks like. `shares` names the operand component whose storage it lives on: `"self"` (or the
    name of another tensor argument), `"self.values"`, `"self.indices"`, `"self.plain_indices"`, `"self.buffer"`,
    `"self.primal"`, `"self.tangent"`; None means a storage of its own. `reads` is a layout over the storage of
    component `source`: element i of the output holds the value of element i of `reads` (both in logical, row-major
    order). For a view `reads` is `layout` and `source` is `shares`. `reads` is None where the values are computed
    (a dtype conversion). `identity` says that the call returns the very object that was passed.
    """

    layout: AnyLayout
    shares: str | None
    reads: Layout | None
    source: str | None
    identity: bool = False


class Refusal(Exception):
    """The contract refuses the call. `kind` is the exception class that torch's eager mode must raise."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason


def contiguous_strides(size: Size) -> Size:
    """Row-major strides (elements) of a tensor of `size`; an empty dimension counts as 1, as torch counts it."""
    strides: list[int] = []
    step = 1
    for extent in reversed(size):
        strides.append(step)
        step *= extent if extent > 1 else 1
    return tuple(reversed(strides))


def element_count(size: Size) -> int:
    """The number of elements of a tensor of `size`."""
    count = 1
    for extent in size:
        count *= extent
    return count
