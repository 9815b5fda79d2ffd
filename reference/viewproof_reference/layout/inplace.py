"""Layout rules of the operators that change the input's own geometry and return it.

Each returns what the input looks like afterwards, `identity` True. Sizes, strides and offsets count elements;
`storage_bytes` counts bytes. Sources: aten/src/ATen/native/TensorShape.cpp (`t_`, `transpose_`, `squeeze_`,
`unsqueeze_`, `as_strided_`), Resize.cpp and Resize.h (`resize_`, `resize_as_`, `resize_impl_cpu_`), TensorFactories
and TensorShape.cpp (`set_`), torch/csrc/autograd/VariableTypeManual.cpp (`detach_`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import fits, is_contiguous, span
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.index import as_strided
from viewproof_reference.layout.model import Layout, Output, Refusal, Size, contiguous_strides, element_count
from viewproof_reference.layout.order import swapaxes, t, transpose
from viewproof_reference.layout.registry import layout_rule
from viewproof_reference.layout.reshape import format_strides, same, suggested_format
from viewproof_reference.layout.shape import squeeze, squeeze_dim, squeeze_dims, unsqueeze


@layout_rule("t_.default")
def t_(self: Layout) -> Output:
    """`t`, in place."""
    return same(t(self))


@layout_rule("transpose_.default", "swapdims_.default")
def transpose_(self: Layout, dim0: int, dim1: int) -> Output:
    """`transpose`, in place."""
    return same(transpose(self, dim0, dim1))


@layout_rule("swapaxes_.default")
def swapaxes_(self: Layout, axis0: int, axis1: int) -> Output:
    """`swapaxes`, in place."""
    return same(swapaxes(self, axis0, axis1))


@layout_rule("squeeze_.default")
def squeeze_(self: Layout) -> Output:
    """`squeeze`, in place."""
    return same(squeeze(self))


@layout_rule("squeeze_.dim")
def squeeze_dim_(self: Layout, dim: int) -> Output:
    """`squeeze.dim`, in place."""
    return same(squeeze_dim(self, dim))


@layout_rule("squeeze_.dims")
def squeeze_dims_(self: Layout, dim: Sequence[int]) -> Output:
    """`squeeze.dims`, in place."""
    return same(squeeze_dims(self, dim))


@layout_rule("unsqueeze_.default")
def unsqueeze_(self: Layout, dim: int) -> Output:
    """`unsqueeze`, in place."""
    return same(unsqueeze(self, dim))


@layout_rule("as_strided_.default")
def as_strided_(self: Layout, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Output:
    """`as_strided`, in place."""
    return same(as_strided(self, size, stride, storage_offset))


@layout_rule("detach_.default")
def detach_(self: Layout) -> Output:
    """The input as it was. Torch refuses one that autograd knows as a view, which no layout says."""
    return same(self)


def _grown(self: Layout, size: Size, stride: Size) -> tuple[int, bool]:
    """Bytes of storage once (`size`, `stride`) fits on it from the offset of `self`, and whether it grew."""
    room = span(size, stride)
    need = (self.offset + room) * DTYPES[self.dtype].itemsize if room else 0
    return (need, True) if need > self.storage_bytes else (self.storage_bytes, False)


@layout_rule("resize_.default")
def resize_(self: Layout, size: Sequence[int], *, memory_format: str | None = None) -> Output:
    """A new size with contiguous strides, at the same offset; the same size keeps its strides.

    The storage grows where it must, and never shrinks; what it grew by is undefined, so then nothing is read. A
    memory format gives its own strides in every case.
    """
    old_size, stride, offset, dtype, conj, neg, storage_bytes = self
    new_size = tuple(size)
    if new_size and min(new_size) < 0:
        raise Refusal("RuntimeError", f"size: wanted 0 or more each, got {new_size}")
    fits(element_count(new_size), "element count")
    grew = False
    if new_size != old_size:
        stride = contiguous_strides(new_size)
        storage_bytes, grew = _grown(self, new_size, stride)
    if memory_format is not None:
        stride = format_strides(new_size, memory_format)
        storage_bytes, grew_too = _grown(self, new_size, stride)
        grew = grew or grew_too
    layout = Layout(new_size, stride, offset, dtype, conj, neg, storage_bytes)
    return Output(layout, "self", None, None, True) if grew else same(layout)


@layout_rule("resize_as_.default")
def resize_as_(self: Layout, the_template: Layout, *, memory_format: str | None = None) -> Output:
    """`resize_` to the size of the template; `preserve_format` is the format that its strides suggest."""
    if memory_format == "preserve_format":
        memory_format = suggested_format(the_template.size, the_template.stride)
    return resize_(self, the_template.size, memory_format=memory_format)


def _set(self: Layout, storage_bytes: int, offset: int, size: Size, stride: Size | None) -> Output:
    """`self` over another storage, its dtype and lazy bits kept; no `stride` means contiguous.

    The geometry that `self` has already is refused out of bounds; any other one grows the storage.
    """
    old_size, old_stride, _, dtype, conj, neg, _ = self
    if offset < 0:
        raise Refusal("RuntimeError", f"storage_offset: wanted 0 or more, got {offset}")
    if size and min(size) < 0:
        raise Refusal("RuntimeError", f"size: wanted 0 or more each, got {size}")
    kept = size == old_size and (stride is None or stride == old_stride)
    if kept:
        stride = old_stride
    elif stride is None:
        stride = contiguous_strides(size)
    elif stride and min(stride) < 0:
        if 0 not in size and any(step < 0 and extent > 1 for extent, step in zip(size, stride, strict=True)):
            raise Refusal("RuntimeError", f"stride: wanted 0 or more each, got {stride}")
        found: list[int] = []
        for place in range(len(size) - 1, -1, -1):
            after = max(size[place + 1], 1) * found[-1] if found else 1
            found.append(stride[place] if stride[place] >= 0 else after)
        stride = tuple(reversed(found))
    base = Layout(size, stride, offset, dtype, conj, neg, storage_bytes)
    need, grew = _grown(base, size, stride)
    if not grew:
        return Output(base, "source", base, "source", True)
    if kept:
        raise Refusal("RuntimeError", f"size: wanted at most {storage_bytes} bytes, got {need}")
    return Output(Layout(size, stride, offset, dtype, conj, neg, need), "source", None, None, True)


@layout_rule("set_.source_Tensor")
def set_source(self: Layout, source: Layout) -> Output:
    """`self` with the storage and geometry of `source`, but a dtype and lazy bits of its own."""
    return _set(self, source.storage_bytes, source.offset, source.size, source.stride)


@layout_rule("set_.source_Tensor_storage_offset")
def set_source_offset(
    self: Layout, source: Layout, storage_offset: int, size: Sequence[int], stride: Sequence[int] = ()
) -> Output:
    """`self` over the storage of a contiguous `source`, counted from the offset of that; no `stride`: contiguous."""
    if not is_contiguous(source.size, source.stride):
        raise Refusal("RuntimeError", f"source: wanted a contiguous tensor, got strides {source.stride}")
    if stride and len(stride) != len(size):
        raise Refusal("RuntimeError", f"stride: wanted {len(size)} strides, got {len(stride)}")
    return _set(
        self, source.storage_bytes, storage_offset + source.offset, tuple(size), tuple(stride) if stride else None
    )


@layout_rule("set_.default")
def set_(self: Layout) -> Output:
    """`self` with no elements, over an empty storage of its own; one of size (0,) keeps its stride."""
    stride = self.stride if self.size == (0,) else (1,)
    return Output(Layout((0,), stride, 0, self.dtype, self.conj, self.neg, 0), None, None, None, True)
