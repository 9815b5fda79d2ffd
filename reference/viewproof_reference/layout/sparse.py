"""Layout rules over sparse tensors: the component views, coalesce, _sparse_broadcast_to.

A component is named after its operand: `self.indices` (COO indices, or the compressed crow/ccol ones),
`self.plain_indices` (col/row), `self.values`. Where the result is sparse, `shares` and `reads` speak of its values.
Sizes and strides count elements, `storage_bytes` bytes. Sources: aten/src/ATen/native/sparse/SparseTensor.cpp
(`indices_sparse`, `values_sparse`, `coalesce`), SparseCsrTensor.cpp, aten/src/ATen/native/TensorShape.cpp
(`sparse_broadcast_to`), TensorConversions and layout checks in aten/src/ATen/native/sparse.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import restride
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import (
    Layout,
    NestedLayout,
    Output,
    Refusal,
    Size,
    SparseLayout,
    contiguous_strides,
    element_count,
)
from viewproof_reference.layout.nested import nested_values
from viewproof_reference.layout.registry import layout_rule

ROWS = frozenset({"sparse_csr", "sparse_bsr"})
COLUMNS = frozenset({"sparse_csc", "sparse_bsc"})
COO = frozenset({"sparse_coo"})


def _need(self: object, kinds: frozenset[str], error: str = "RuntimeError") -> SparseLayout:
    """`self` where it is sparse of one of `kinds`; else Refusal `error`."""
    if isinstance(self, SparseLayout) and self.kind in kinds:
        return self
    got = self.kind if isinstance(self, SparseLayout) else type(self).__name__
    raise Refusal(error, f"self: wanted a tensor of layout {sorted(kinds)}, got {got}")


def _component(layout: Layout | None, name: str) -> Output:
    assert layout is not None
    return Output(layout, name, layout, name)


@layout_rule("indices.default")
def indices(self: SparseLayout | Layout) -> Output:
    """The index matrix of a coalesced COO tensor."""
    held = _need(self, COO)
    if not held.coalesced:
        raise Refusal("RuntimeError", "self: wanted a coalesced tensor, got an uncoalesced one")
    return _component(held.indices, "self.indices")


@layout_rule("values.default")
def values(self: SparseLayout | NestedLayout | Layout) -> Output:
    """The values of a coalesced COO tensor, of a compressed one, or of a nested one (see nested.py)."""
    if isinstance(self, NestedLayout):
        return nested_values(self)
    held = _need(self, COO | ROWS | COLUMNS)
    if not held.coalesced and held.kind == "sparse_coo":
        raise Refusal("RuntimeError", "self: wanted a coalesced tensor, got an uncoalesced one")
    return _component(held.values, "self.values")


@layout_rule("_indices.default")
def raw_indices(self: SparseLayout | Layout) -> Output:
    """The index matrix of any COO tensor; no kernel for other layouts."""
    return _component(_need(self, COO, "NotImplementedError").indices, "self.indices")


@layout_rule("_values.default")
def raw_values(self: SparseLayout | Layout) -> Output:
    """The values of any COO tensor; no kernel for other layouts."""
    return _component(_need(self, COO, "NotImplementedError").values, "self.values")


@layout_rule("crow_indices.default")
def crow_indices(self: SparseLayout | Layout) -> Output:
    """The compressed indices of a row-compressed tensor."""
    return _component(_need(self, ROWS).indices, "self.indices")


@layout_rule("col_indices.default")
def col_indices(self: SparseLayout | Layout) -> Output:
    """The plain indices of a row-compressed tensor."""
    return _component(_need(self, ROWS).plain_indices, "self.plain_indices")


@layout_rule("ccol_indices.default")
def ccol_indices(self: SparseLayout | Layout) -> Output:
    """The compressed indices of a column-compressed tensor."""
    return _component(_need(self, COLUMNS).indices, "self.indices")


@layout_rule("row_indices.default")
def row_indices(self: SparseLayout | Layout) -> Output:
    """The plain indices of a column-compressed tensor."""
    return _component(_need(self, COLUMNS).plain_indices, "self.plain_indices")


def _dense(size: Size, dtype: str) -> Layout:
    """A contiguous tensor of `size` on a storage of its own."""
    return Layout(size, contiguous_strides(size), 0, dtype, False, False, element_count(size) * DTYPES[dtype].itemsize)


def _cloned(old: Layout) -> Layout:
    """What a dense-preserving copy of an index or value component of one entry looks like."""
    count = element_count(old.size)
    return Layout(old.size, old.stride, 0, old.dtype, False, False, count * DTYPES[old.dtype].itemsize)


@layout_rule("coalesce.default")
def coalesce(self: SparseLayout | Layout) -> Output:
    """The very input where it is coalesced; else fresh sorted entries, their values summed (so nothing is read).

    The components have room for every entry that came in; what repeats is cut off by size. Where the operand does not
    say how many of its entries are distinct, all are taken to be.
    """
    held = _need(self, COO)
    if held.coalesced:
        return Output(held, "self.values", held.values, "self.values", True)
    count = held.values.size[0]
    # Fewer than two entries are cloned, strides and all; more are sorted into contiguous components.
    remade = _cloned if count < 2 else lambda old: _dense(old.size, old.dtype)
    left = count if held.distinct is None else held.distinct
    indices_, values_ = remade(held.indices), remade(held.values)
    indices_ = indices_._replace(size=(indices_.size[0], left))
    values_ = values_._replace(size=(left, *values_.size[1:]))
    result = SparseLayout("sparse_coo", held.size, indices_, None, values_, True)
    return Output(result, None, None, None)


@layout_rule("_sparse_broadcast_to.default")
def sparse_broadcast_to(self: SparseLayout | Layout, size: Sequence[int]) -> Output:
    """A COO tensor expanded to `size`.

    Sparse dimensions that grow or are new repeat every entry (fresh indices, and values where they cannot be a
    view); dense ones expand the values in place. It stays coalesced where what grew lies behind what did not.
    """
    base = _need(self, COO, "NotImplementedError")
    held, new_size = base.size, tuple(size)
    lead = len(new_size) - len(held)
    if lead < 0:
        raise Refusal("RuntimeError", f"size: wanted at least {len(held)} dimensions, got {len(new_size)}")
    if new_size and min(new_size) < 0:
        raise Refusal("RuntimeError", f"size: wanted 0 or more each, got {new_size}")
    for old, new in zip(held, new_size[lead:], strict=True):
        if old != new and old != 1:
            raise Refusal("RuntimeError", f"size: wanted {old} or a dimension of 1, got {new}")
    sparse_rank = base.indices.size[0]
    factor = element_count(new_size[:lead])
    first_grown = 0 if lead else -1
    last_kept = -1
    for place in range(sparse_rank):
        if held[place] == new_size[lead + place]:
            last_kept = lead + place
        else:
            factor *= new_size[lead + place]
            if first_grown < 0:
                first_grown = lead + place
    coalesced = not held or (base.coalesced and (first_grown < 0 or last_kept < first_grown))
    count = base.values.size[0]
    fresh_indices = first_grown >= 0
    indices_ = _dense((sparse_rank + lead, count * factor), base.indices.dtype) if fresh_indices else base.indices
    old_values = base.values
    dense_size = new_size[lead + sparse_rank :]
    dense_stride = tuple(
        [
            step if old == new else 0
            for old, new, step in zip(old_values.size[1:], dense_size, old_values.stride[1:], strict=True)
        ]
    )
    spread = (count, factor, *dense_size)
    stride = restride(spread, (old_values.stride[0], 0, *dense_stride), (count * factor, *dense_size))
    if new_size == held:
        stride = old_values.stride
    elif 0 in (count, factor, *dense_size):
        stride = contiguous_strides((count * factor, *dense_size))
    if stride is None:
        values_ = _dense((count * factor, *dense_size), old_values.dtype)
        return Output(SparseLayout("sparse_coo", new_size, indices_, None, values_, coalesced), None, None, None)
    values_ = Layout(
        (count * factor, *dense_size), stride, old_values.offset, old_values.dtype,
        old_values.conj, old_values.neg, old_values.storage_bytes,
    )  # fmt: skip
    result = SparseLayout("sparse_coo", new_size, indices_, None, values_, coalesced)
    return Output(result, "self.values", values_, "self.values")
