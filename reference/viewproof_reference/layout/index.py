"""Layout rules that pick positions: select, slice, narrow, unfold, diagonal, as_strided.

Sizes, strides and offsets are in elements; storage bounds are checked in bytes. Sources:
aten/src/ATen/native/TensorShape.cpp (`select`, `slice`, `narrow`, `diagonal`, `as_strided_tensorimpl`),
aten/src/ATen/native/TensorAdvancedIndexing.cpp and BatchLinearAlgebra.cpp (`linalg_diagonal`),
aten/src/ATen/native/Resize.h (`checkInBoundsForStorage`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import INT64_MAX, fits, span, wrap_dim
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import KnownTensor, Layout, Refusal, element_count
from viewproof_reference.layout.registry import layout_rule


@layout_rule("select.int")
def select(self: Layout, dim: int, index: int) -> Layout:
    """Dimension `dim` dropped, at `index` (negative: from the end); the offset moves by index strides."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    if not size:
        raise Refusal("IndexError", "self: wanted a dimension to select from, got a 0-d tensor")
    dim = wrap_dim(dim, len(size))
    extent = size[dim]
    if not -extent <= index < extent:
        raise Refusal("IndexError", f"index: wanted one of {extent} along dimension {dim}, got {index}")
    if index < 0:
        index += extent
    return Layout(
        size[:dim] + size[dim + 1 :],
        stride[:dim] + stride[dim + 1 :],
        offset + index * stride[dim],
        dtype,
        conj,
        neg,
        storage_bytes,
    )


@layout_rule("slice.Tensor")
def slice_(self: Layout, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Layout:
    """Every `step`-th index from `start` to before `end`; bounds count from the end if negative, and are clamped.

    The offset moves by start strides even where nothing is left. Only positive steps.
    A new stride that int64 cannot hold is refused.
    """
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    if not size:
        raise Refusal("IndexError", "self: wanted a dimension to slice, got a 0-d tensor")
    dim = wrap_dim(dim, len(size))
    if step <= 0:
        raise Refusal("RuntimeError", f"step: wanted 1 or more, got {step}")
    extent = size[dim]
    if start is None:
        start = 0
    elif start < 0:
        start = start + extent if start > -extent else 0
    elif start > extent:
        start = extent
    if end is None:
        end = extent
    elif end < 0:
        end += extent
    if end > extent:
        end = extent
    elif end < start:
        end = start
    old = stride[dim]
    new = old * step
    if new > INT64_MAX:
        fits(new, "stride")
    return Layout(
        (*size[:dim], (end - start + step - 1) // step, *size[dim + 1 :]),
        (*stride[:dim], new, *stride[dim + 1 :]),
        offset + start * old,
        dtype,
        conj,
        neg,
        storage_bytes,
    )


@layout_rule("narrow.default")
def narrow(self: Layout, dim: int, start: int, length: int) -> Layout:
    """`length` indices from `start` (negative: from the end) along `dim`; nothing is clamped."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    if not size:
        raise Refusal("RuntimeError", "self: wanted a dimension to narrow, got a 0-d tensor")
    if length < 0:
        raise Refusal("RuntimeError", f"length: wanted 0 or more, got {length}")
    dim = wrap_dim(dim, len(size))
    extent = size[dim]
    if not -extent <= start <= extent:
        raise Refusal("IndexError", f"start: wanted -{extent} to {extent}, got {start}")
    if start < 0:
        start += extent
    if start + length > extent:
        raise Refusal("RuntimeError", f"length: wanted at most {extent - start} from {start}, got {length}")
    return Layout(
        (*size[:dim], length, *size[dim + 1 :]), stride, offset + start * stride[dim], dtype, conj, neg, storage_bytes
    )


@layout_rule("narrow.Tensor")
def narrow_tensor(self: Layout, dim: int, start: KnownTensor, length: int) -> Layout:
    """`narrow` from the value of a 0-d tensor of an integer dtype (bool is none)."""
    if start.layout.size or DTYPES[start.layout.dtype].kind not in ("int", "uint"):
        raise Refusal("RuntimeError", f"start: wanted a 0-d integer tensor, got {start.layout}")
    return narrow(self, dim, start.values[0], length)


@layout_rule("unfold.default")
def unfold(self: Layout, dimension: int, size: int, step: int) -> Layout:
    """Windows of `size` indices, `step` apart, along `dimension`: the windows stay there, their insides come last."""
    old_size, old_stride, offset, dtype, conj, neg, storage_bytes = self
    dim = wrap_dim(dimension, len(old_size), "dimension")
    extent, old = (old_size[dim], old_stride[dim]) if old_size else (1, 1)
    if size < 0:
        raise Refusal("RuntimeError", f"size: wanted 0 or more, got {size}")
    if size > extent:
        raise Refusal("RuntimeError", f"size: wanted at most {extent}, got {size}")
    if step <= 0:
        raise Refusal("RuntimeError", f"step: wanted 1 or more, got {step}")
    if not old_size:
        return Layout((size,), (1,), offset, dtype, conj, neg, storage_bytes)
    return Layout(
        (*old_size[:dim], (extent - size) // step + 1, *old_size[dim + 1 :], size),
        (*old_stride[:dim], fits(old * step, "stride"), *old_stride[dim + 1 :], old),
        offset,
        dtype,
        conj,
        neg,
        storage_bytes,
    )


@layout_rule("diagonal.default")
def diagonal(self: Layout, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Layout:
    """Dimensions `dim1`, `dim2` replaced by a last one along their diagonal; its stride is the sum of theirs.

    `offset` counts steps along `dim2` (negative: along `dim1`). An empty diagonal does not move the storage offset.
    """
    size, stride, start, dtype, conj, neg, storage_bytes = self
    rank = len(size)
    dim1 = wrap_dim(dim1, rank, "dim1")
    dim2 = wrap_dim(dim2, rank, "dim2")
    if dim1 == dim2:
        raise Refusal("RuntimeError", f"dim1, dim2: wanted two dimensions, got {dim1} twice")
    if offset >= 0:
        length = min(size[dim1], size[dim2] - offset)
    else:
        length = min(size[dim1] + offset, size[dim2])
    if length <= 0:
        length = 0
    elif offset >= 0:
        start += offset * stride[dim2]
    else:
        start -= offset * stride[dim1]
    low, high = (dim1, dim2) if dim1 < dim2 else (dim2, dim1)
    return Layout(
        size[:low] + size[low + 1 : high] + size[high + 1 :] + (length,),
        stride[:low] + stride[low + 1 : high] + stride[high + 1 :] + (stride[dim1] + stride[dim2],),
        start,
        dtype,
        conj,
        neg,
        storage_bytes,
    )


@layout_rule("linalg_diagonal.default")
def linalg_diagonal(A: Layout, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Layout:  # noqa: N803
    """`diagonal` of the last two dimensions, unless told otherwise."""
    return diagonal(A, offset, dim1, dim2)


@layout_rule("as_strided.default")
def as_strided(self: Layout, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Layout:
    """Any size and strides over the storage of `self`, from its offset unless another is given.

    The strides of `self` do not matter. Refused beyond the storage; an empty result is never beyond it.
    """
    offset = self.offset if storage_offset is None else storage_offset
    if len(size) != len(stride):
        raise Refusal("RuntimeError", f"stride: wanted {len(size)} strides, got {len(stride)}")
    new_size, new_stride = tuple(size), tuple(stride)
    if new_size and (min(new_size) < 0 or min(new_stride) < 0):
        raise Refusal("RuntimeError", f"size, stride: wanted 0 or more each, got {new_size}, {new_stride}")
    if offset < 0:
        raise Refusal("RuntimeError", f"storage_offset: wanted 0 or more, got {offset}")
    fits(element_count(new_size), "element count")
    room = span(new_size, new_stride)
    dtype = self.dtype
    if room and (offset + room) * DTYPES[dtype].itemsize > self.storage_bytes:
        raise Refusal("RuntimeError", f"size: wanted at most {self.storage_bytes} bytes, got {offset + room} elements")
    return Layout(new_size, new_stride, offset, dtype, self.conj, self.neg, self.storage_bytes)


@layout_rule("_reshape_alias.default")
def reshape_alias(self: Layout, size: Sequence[int], stride: Sequence[int]) -> Layout:
    """`as_strided` at the offset of `self`: the caller has worked the strides out, which makes them no less bound.

    Source: aten/src/ATen/native/TensorShape.cpp, `_reshape_alias`.
    """
    return as_strided(self, size, stride)
