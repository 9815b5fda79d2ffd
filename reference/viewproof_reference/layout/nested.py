"""Layout rules over nested tensors: views of a flat buffer, jagged views, and back to the values.

A component's sizes, strides and offset count elements; offsets are storage offsets, counted from the start of the
storage and not from the buffer's own offset. Where the result is nested, `shares` and `reads` speak of its buffer.
Sources: aten/src/ATen/native/nested/NestedTensorMath.cpp (`_nested_view_from_buffer`), NestedTensorImpl.h
(`get_buffer`), torch/nested/_internal/nested_tensor.py and ops.py (`_nested_view_from_jagged`, `_nested_get_values`).
"""

# The schema names arguments that no layout depends on.
# ruff: noqa: ARG001, PLR0917

from __future__ import annotations

from viewproof_reference.layout.algebra import is_contiguous, span
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import KnownTensor, Layout, NestedLayout, Output, Refusal, Size
from viewproof_reference.layout.registry import layout_rule


def _rows(table: KnownTensor) -> tuple[Size, ...]:
    """The rows of a 2-d tensor of known numbers."""
    count, width = table.layout.size
    return tuple([table.values[row * width : (row + 1) * width] for row in range(count)])


def _whole(self: Layout) -> Layout:
    """The storage of `self` as one dense row of its dtype, from position 0."""
    count = self.storage_bytes // DTYPES[self.dtype].itemsize
    return Layout((count,), (1,), 0, self.dtype, self.conj, self.neg, self.storage_bytes)


@layout_rule("_nested_view_from_buffer.default")
def nested_view_from_buffer(
    self: Layout, nested_size: KnownTensor, nested_strides: KnownTensor, offsets: KnownTensor
) -> Output:
    """One component a row of the int64 tables, over the storage of the flat `self`; its geometry does not matter.

    Sizes and strides are tables of equal shape, offsets a row of as many; every component lies in the storage.
    """
    if len(self.size) != 1:
        raise Refusal("RuntimeError", f"self: wanted a flat buffer, got {len(self.size)} dimensions")
    tables = nested_size.layout, nested_strides.layout
    if any(len(table.size) != 2 for table in tables) or tables[0].size != tables[1].size:
        raise Refusal("RuntimeError", f"nested_size, nested_strides: wanted equal tables, got {tables}")
    if offsets.layout.size != tables[0].size[:1]:
        raise Refusal("RuntimeError", f"offsets: wanted one a component, got size {offsets.layout.size}")
    for table in (*tables, offsets.layout):
        if table.dtype != "int64" or not is_contiguous(table.size, table.stride):
            raise Refusal("RuntimeError", f"nested_size, nested_strides, offsets: wanted dense int64, got {table}")
    sizes, strides = _rows(nested_size), _rows(nested_strides)
    room = self.storage_bytes // DTYPES[self.dtype].itemsize
    for size, stride, offset in zip(sizes, strides, offsets.values, strict=True):
        used = 0 if min(size, default=1) < 0 else span(size, stride)
        if offset < 0 or min(size, default=0) < 0 or min(stride, default=0) < 0 or (used and offset + used > room):
            raise Refusal("RuntimeError", f"offsets: {size}, {stride} at {offset} is not in a storage of {room}")
    layout = NestedLayout(_whole(self), sizes, strides, tuple(offsets.values))
    return Output(layout, "self", layout.buffer, "self")


@layout_rule("_nested_view_from_jagged.default")
def nested_view_from_jagged(
    self: Layout,
    offsets: KnownTensor,
    dummy: NestedLayout | None,
    lengths: KnownTensor | None = None,
    ragged_idx: int = 1,
    min_seqlen: KnownTensor | None = None,
    max_seqlen: KnownTensor | None = None,
) -> Output:
    """Component i is `self` narrowed to `offsets[i]`..`offsets[i + 1]` (or `lengths[i]` of it) at one dimension.

    `ragged_idx` counts the batch dimension too, so `self` is ragged at `ragged_idx - 1`. Offsets are not checked
    against the extent. `dummy` and the sequence lengths have no part in the layout.
    """
    dim = ragged_idx - 1
    if not 0 <= dim < len(self.size):
        raise Refusal("IndexError", f"ragged_idx: wanted 1 to {len(self.size)}, got {ragged_idx}")
    if len(offsets.layout.size) != 1:
        raise Refusal("AssertionError", f"offsets: wanted one dimension, got {len(offsets.layout.size)}")
    starts = offsets.values[:-1]
    if lengths is None:
        extents = tuple([end - start for start, end in zip(starts, offsets.values[1:], strict=True)])
    elif lengths.layout.size != (len(starts),):
        raise Refusal("AssertionError", f"lengths: wanted {len(starts)}, got size {lengths.layout.size}")
    else:
        extents = lengths.values
    size, stride = self.size, self.stride
    layout = NestedLayout(
        self,
        tuple([(*size[:dim], extent, *size[dim + 1 :]) for extent in extents]),
        (stride,) * len(starts),
        tuple([self.offset + start * stride[dim] for start in starts]),
        True,
    )
    return Output(layout, "self", self, "self")


def nested_values(self: NestedLayout) -> Output:
    """`values` of a nested tensor: the values that a jagged one was made of, else its whole storage as one row."""
    layout = self.buffer if self.jagged else _whole(self.buffer)
    return Output(layout, "self.buffer", layout, "self.buffer")


@layout_rule("_nested_get_values.default")
def nested_get_values(self: NestedLayout | Layout) -> Output:
    """The values that a jagged tensor was made of; no kernel for any other tensor."""
    if not isinstance(self, NestedLayout) or not self.jagged:
        raise Refusal("NotImplementedError", "self: wanted a jagged tensor, got another")
    return Output(self.buffer, "self.buffer", self.buffer, "self.buffer")
