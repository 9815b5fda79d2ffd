"""Layout rules that regroup dimensions: view, view_as, unflatten, squeeze, unsqueeze.

Sizes, strides and offsets are in elements. Source: aten/src/ATen/native/TensorShape.cpp (`view`, `unflatten`,
`squeeze`, `unsqueeze`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import INT64_MAX, fits, infer_size, restride, wrap_dim, wrap_dims
from viewproof_reference.layout.model import Layout, Refusal, element_count
from viewproof_reference.layout.registry import layout_rule


@layout_rule("view.default")
def view(self: Layout, size: Sequence[int]) -> Layout:
    """The same elements in the same order under `size`; refused where one stride a dimension cannot say that."""
    old_size, old_stride, offset, dtype, conj, neg, storage_bytes = self
    new_size = infer_size(size, element_count(old_size))
    stride = restride(old_size, old_stride, new_size)
    if stride is None:
        raise Refusal("RuntimeError", f"size: {old_size} with strides {old_stride} has no strides for {new_size}")
    return Layout(new_size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("view_as.default")
def view_as(self: Layout, other: Layout) -> Layout:
    """`view` with the size of `other`; the strides of `other` do not matter."""
    return view(self, other.size)


@layout_rule("unflatten.int")
def unflatten(self: Layout, dim: int, sizes: Sequence[int]) -> Layout:
    """Dimension `dim` as the dimensions `sizes` (one may be -1), whose product is its extent."""
    size = self.size
    dim = wrap_dim(dim, len(size))
    if not sizes:
        raise Refusal("RuntimeError", "sizes: wanted at least one extent, got none")
    if not size:
        raise Refusal("RuntimeError", "self: wanted a dimension to unflatten, got a 0-d tensor")
    return view(self, size[:dim] + infer_size(sizes, size[dim]) + size[dim + 1 :])


@layout_rule("squeeze.default")
def squeeze(self: Layout) -> Layout:
    """Every dimension of size 1 dropped with its stride."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    if 1 in size:
        stride = tuple([step for extent, step in zip(size, stride, strict=True) if extent != 1])
        size = tuple([extent for extent in size if extent != 1])
    return Layout(size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("squeeze.dim")
def squeeze_dim(self: Layout, dim: int) -> Layout:
    """Dimension `dim` dropped where its size is 1; else nothing changes."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    dim = wrap_dim(dim, len(size))
    if size and size[dim] == 1:
        size = size[:dim] + size[dim + 1 :]
        stride = stride[:dim] + stride[dim + 1 :]
    return Layout(size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("squeeze.dims")
def squeeze_dims(self: Layout, dim: Sequence[int]) -> Layout:
    """Those of the named dimensions dropped whose size is 1; naming one twice is refused."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    dropped = wrap_dims(dim, len(size), "dim")
    kept = [place for place, extent in enumerate(size) if extent != 1 or place not in dropped]
    if len(kept) != len(size):
        stride = tuple([stride[place] for place in kept])
        size = tuple([size[place] for place in kept])
    return Layout(size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("unsqueeze.default")
def unsqueeze(self: Layout, dim: int) -> Layout:
    """A dimension of size 1 inserted at `dim` of the result: its stride spans the dimension after it, or is 1."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    dim = wrap_dim(dim, len(size) + 1)
    step = 1
    if dim < len(size):
        step = size[dim] * stride[dim]
        if step > INT64_MAX:
            fits(step, "stride")
    return Layout(
        (*size[:dim], 1, *size[dim:]), (*stride[:dim], step, *stride[dim:]), offset, dtype, conj, neg, storage_bytes
    )
