"""Layout rules that view where strides allow it and copy where they do not: reshape, flatten, ravel, contiguous.

Sizes, strides and offsets count elements; `storage_bytes` counts bytes. A copy is a storage of its own, at offset 0,
with the conj and neg bits resolved, whose elements read those of `self` in logical order. Sources:
aten/src/ATen/native/TensorShape.cpp (`reshape`, `flatten`, `ravel`), TensorProperties.cpp (`contiguous`),
UnaryOps.cpp (`positive`), c10/core/MemoryFormat.h and TensorImpl.cpp (memory formats), aten/src/ATen/ExpandUtils.cpp
(`infer_dense_strides`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import infer_size, is_contiguous, restride, wrap_dim
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, Refusal, Size, contiguous_strides, element_count
from viewproof_reference.layout.registry import layout_rule

# The dimensions of a memory format from the innermost outwards.
CHANNELS_LAST: dict[str, tuple[int, ...]] = {"channels_last": (1, 3, 2, 0), "channels_last_3d": (1, 4, 3, 2, 0)}


def fresh(self: Layout, size: Size, stride: Size, dtype: str | None = None) -> Output:
    """A dense copy of `self` as (`size`, `stride`), converted where `dtype` is another (then nothing is read)."""
    word = self.dtype if dtype is None else dtype
    if self.neg and self.dtype == "bool" and 0 not in size:
        raise Refusal("NotImplementedError", "self: wanted a dtype that can be negated, got bool")
    layout = Layout(size, stride, 0, word, False, False, element_count(size) * DTYPES[word].itemsize)
    if word != self.dtype:
        return Output(layout, None, None, None)
    return Output(layout, None, self, "self")


def same(self: Layout) -> Output:
    """The very input."""
    return Output(self, "self", self, "self", True)


def format_strides(size: Size, memory_format: str) -> Size:
    """Dense strides of `size` in `contiguous_format`, `channels_last` (rank 4) or `channels_last_3d` (rank 5).

    An empty dimension counts as 1 in the contiguous format and as 0 in the others. Refusal RuntimeError for another
    rank or word.
    """
    if memory_format == "contiguous_format":
        return contiguous_strides(size)
    order = CHANNELS_LAST.get(memory_format)
    if order is None or len(order) != len(size):
        raise Refusal("RuntimeError", f"memory_format: {memory_format} does not suit a tensor of rank {len(size)}")
    stride = [0] * len(size)
    step = 1
    for dim in order:
        stride[dim] = step
        step *= size[dim]
    return tuple(stride)


def is_dense_in(size: Size, stride: Size, memory_format: str) -> bool:
    """Whether the strides are those of the format, size-1 dimensions aside; False for a rank that it does not suit."""
    order = CHANNELS_LAST.get(memory_format)
    if order is None:
        return is_contiguous(size, stride)
    if len(order) != len(size):
        return False
    step = 1
    for dim in order:
        if size[dim] != 1:
            if stride[dim] != step:
                return False
            step *= size[dim]
    return True


def suggested_format(size: Size, stride: Size) -> str:
    """The memory format that the order of the strides hints at; `contiguous_format` in doubt.

    Channels-last needs strides that grow from the channel outwards, no empty dimension, no stride of 0 at the
    channel, and one stride at least that tells it from the contiguous order.
    """
    for memory_format, order in CHANNELS_LAST.items():
        if len(order) != len(size) or stride[1] == 0:
            continue
        least = 0
        for dim in order:
            extent, step = size[dim], stride[dim]
            if extent == 0 or step < least or (dim == 0 and least == stride[1]):
                break
            least = step * extent if extent > 1 else step
        else:
            return memory_format
    return "contiguous_format"


def _is_dense(size: Size, stride: Size) -> bool:
    """Whether the elements fill one gapless run of positions in some order of the dimensions, none of them twice."""
    if is_contiguous(size, stride):
        return True
    step = 1
    for held, extent in sorted([(held, extent) for extent, held in zip(size, stride, strict=True) if extent > 1]):
        if held != step:
            return False
        step *= extent
    return True


def preserved_strides(size: Size, stride: Size) -> Size:
    """The strides of a copy in `preserve_format`: those of a dense input; else dense ones in the input's order.

    The order is torch's insertion sort by stride, where a stride of 0 compares with nothing (c10's TensorIterator
    habit): so it is a procedure, not a key.
    """
    if _is_dense(size, stride):
        return stride
    order = list(range(len(size) - 1, -1, -1))
    for start in range(1, len(order)):
        moving = start
        for place in range(start - 1, -1, -1):
            inner, outer = order[place], order[moving]
            if stride[inner] == 0 or stride[outer] == 0:
                continue
            if stride[inner] < stride[outer]:
                break
            if stride[inner] > stride[outer] or size[inner] > size[outer]:
                order[place], order[moving] = outer, inner
                moving = place
    result = [0] * len(size)
    step = 1
    for dim in order:
        result[dim] = step
        step *= max(size[dim], 1)
    return tuple(result)


def copy_in(self: Layout, memory_format: str | None, dtype: str | None = None) -> Output:
    """A copy of `self` in a memory format (None: `preserve_format`), converted where `dtype` is another."""
    size = self.size
    if memory_format is None or memory_format == "preserve_format":
        return fresh(self, size, preserved_strides(size, self.stride), dtype)
    return fresh(self, size, format_strides(size, memory_format), dtype)


def _regrouped(self: Layout, new_size: Size) -> Layout | Output:
    """`self` under a size of as many elements: a view where `restride` finds strides, else a contiguous copy."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    new_stride = restride(size, stride, new_size)
    if new_stride is None:
        return fresh(self, new_size, contiguous_strides(new_size))
    return Layout(new_size, new_stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("reshape.default")
def reshape(self: Layout, shape: Sequence[int]) -> Layout | Output:
    """The same elements in the same order under `shape` (one -1 allowed); never the input itself."""
    return _regrouped(self, infer_size(shape, element_count(self.size)))


@layout_rule("reshape_as.default")
def reshape_as(self: Layout, other: Layout) -> Layout | Output:
    """`reshape` to the size of `other`."""
    return reshape(self, other.size)


@layout_rule("flatten.using_ints")
def flatten(self: Layout, start_dim: int = 0, end_dim: int = -1) -> Layout | Output:
    """Dimensions `start_dim` to `end_dim` as one; one dimension is returned as it came, a 0-d tensor becomes 1-d."""
    size = self.size
    rank = len(size)
    start = wrap_dim(start_dim, rank, "start_dim")
    end = wrap_dim(end_dim, rank, "end_dim")
    if start > end:
        raise Refusal("RuntimeError", f"start_dim: wanted at most end_dim {end}, got {start}")
    if not size:
        return _regrouped(self, (1,))
    if start == end:
        return same(self)
    return _regrouped(self, (*size[:start], element_count(size[start : end + 1]), *size[end + 1 :]))


@layout_rule("ravel.default")
def ravel(self: Layout) -> Layout | Output:
    """One dimension over contiguous elements: a view of a contiguous input, else of a contiguous copy."""
    if is_contiguous(self.size, self.stride):
        return _regrouped(self, (element_count(self.size),))
    size = (element_count(self.size),)
    return fresh(self, size, contiguous_strides(size))


@layout_rule("contiguous.default")
def contiguous(self: Layout, *, memory_format: str = "contiguous_format") -> Output:
    """The input where it is dense in the format already, else a copy; a copy cannot be asked to preserve."""
    size = self.size
    if is_dense_in(size, self.stride, memory_format):
        return same(self)
    return fresh(self, size, format_strides(size, memory_format))


@layout_rule("positive.default")
def positive(self: Layout) -> Output:
    """The input; refused for bool."""
    if self.dtype == "bool":
        raise Refusal("RuntimeError", "self: wanted a number, got bool")
    return same(self)
