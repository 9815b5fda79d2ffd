"""Layout rules of operators that change nothing, or only where they are asked to: alias, detach, lift, to, ...

Sizes, strides and offsets count elements; `storage_bytes` counts bytes. Device words are taken to name the device
that the operands are on. For a composite operand (sparse, nested) `shares` and `reads` speak of its `values` or
`buffer`. Sources: aten/src/ATen/native/TensorConversions.cpp (`to`, `_to_copy`, `_autocast_to_*`), TensorShape.cpp
(`alias`, `detach`, `unsafe_split`, `slice_inverse`), TensorFactories.cpp (`clone`), TestOps.cpp,
aten/src/ATen/native/MathBitsFallback.h (what a lazy bit does to an operator that is no view by its schema).
"""

# The schema names arguments that no layout depends on.
# ruff: noqa: ARG001, PLR0917

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.index import as_strided
from viewproof_reference.layout.model import Layout, NestedLayout, Output, Refusal, SparseLayout
from viewproof_reference.layout.registry import layout_rule
from viewproof_reference.layout.reshape import copy_in, same, suggested_format
from viewproof_reference.layout.shape import view
from viewproof_reference.layout.split import chunk, split, split_with_sizes


@layout_rule("alias.default")
def alias(self: Layout | NestedLayout | SparseLayout) -> Layout | Output:
    """A new tensor like the input, on its storage. A sparse tensor has no storage of its own and is refused."""
    if type(self) is Layout:
        return self
    if isinstance(self, SparseLayout):
        kind = "NotImplementedError" if self.kind == "sparse_coo" else "RuntimeError"
        raise Refusal(kind, f"self: wanted a tensor with a storage, got {self.kind}")
    return detach(self)


@layout_rule("detach.default")
def detach(self: Layout | NestedLayout | SparseLayout) -> Layout | Output:
    """A new tensor like the input, on its storage; the components of a composite one are shared too."""
    if type(self) is Layout:
        return self
    if isinstance(self, SparseLayout):
        return Output(self, "self.values", self.values, "self.values")
    assert isinstance(self, NestedLayout)
    return Output(self, "self.buffer", self.buffer, "self.buffer")


@layout_rule("lift_fresh.default")
def lift_fresh(self: Layout) -> Output:
    """The very input, lazy bits and all."""
    return same(self)


@layout_rule("lift.default")
def lift(self: Layout) -> Output:
    """The very input; one with a lazy bit is copied, for `lift` is no view by its schema."""
    return copy_in(self, None) if self.conj or self.neg else same(self)


def _to(self: Layout, dtype: str, copy: bool = False, memory_format: str | None = None) -> Output:
    """The input where dtype and suggested memory format are as wanted and no copy is asked for; else a copy."""
    if dtype == self.dtype and not copy and (
        memory_format is None
        or memory_format == "preserve_format"
        or memory_format == suggested_format(self.size, self.stride)
    ):  # fmt: skip
        return same(self)
    return copy_in(self, memory_format, dtype)


@layout_rule("to.dtype")
def to_dtype(
    self: Layout, dtype: str, non_blocking: bool = False, copy: bool = False, memory_format: str | None = None
) -> Output:
    """To a dtype."""
    return _to(self, dtype, copy, memory_format)


@layout_rule("to.device")
def to_device(
    self: Layout,
    device: str,
    dtype: str,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: str | None = None,
) -> Output:
    """To a dtype, on the device where it is."""
    return _to(self, dtype, copy, memory_format)


@layout_rule("to.other")
def to_other(
    self: Layout, other: Layout, non_blocking: bool = False, copy: bool = False, memory_format: str | None = None
) -> Output:
    """To the dtype of `other`."""
    return _to(self, other.dtype, copy, memory_format)


@layout_rule("to.dtype_layout")
def to_dtype_layout(
    self: Layout,
    *,
    dtype: str | None = None,
    layout: str | None = None,
    device: str | None = None,
    pin_memory: bool | None = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: str | None = None,
) -> Output:
    """To a dtype; a change of layout is refused."""
    if layout is not None and layout != "strided":
        raise Refusal("RuntimeError", f"layout: wanted strided, got {layout}")
    return _to(self, self.dtype if dtype is None else dtype, copy, memory_format)


@layout_rule("type_as.default")
def type_as(self: Layout, other: Layout) -> Output:
    """To the dtype of `other`."""
    return _to(self, other.dtype)


@layout_rule("_autocast_to_full_precision.default")
def autocast_to_full_precision(self: Layout, cuda_enabled: bool, cpu_enabled: bool) -> Output:
    """float16 and bfloat16 become float32 where the cpu, which the operand is on, is enabled; all else is returned."""
    low = self.dtype == "float16" or self.dtype == "bfloat16"
    return _to(self, "float32" if low and cpu_enabled else self.dtype)


@layout_rule("_autocast_to_reduced_precision.default")
def autocast_to_reduced_precision(
    self: Layout, cuda_enabled: bool, cpu_enabled: bool, cuda_dtype: str, cpu_dtype: str
) -> Output:
    """float32 becomes `cpu_dtype` where the cpu is enabled; all else is returned. The operand is on the cpu."""
    return _to(self, cpu_dtype if cpu_enabled and self.dtype == "float32" else self.dtype)


@layout_rule("_unsafe_view.default")
def unsafe_view(self: Layout, size: Sequence[int]) -> Layout:
    """`view`, hidden from autograd."""
    return view(self, size)


@layout_rule("_test_autograd_multiple_dispatch_view.default")
def test_autograd_multiple_dispatch_view(self: Layout) -> Layout:
    """`view` as one dimension."""
    return view(self, (-1,))


@layout_rule("slice_inverse.default")
def slice_inverse(
    self: Layout, src: Layout, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Layout:
    """`self` with the size, strides and offset of `src`; the arguments of the slice are not looked at."""
    return as_strided(self, src.size, src.stride, src.offset)


def _resolved(self: Layout) -> Layout:
    """The copy of `self` that an operator works on which is no view by its schema, and meets a lazy bit."""
    layout = copy_in(self, None).layout
    assert type(layout) is Layout
    return layout


def _on_copy(seen: tuple[Layout, ...], copied: tuple[Layout, ...]) -> tuple[Output, ...]:
    """Pieces of one copy, each reading the piece of `self` that it copies."""
    return tuple([Output(new, None, old, "self") for old, new in zip(seen, copied, strict=True)])


@layout_rule("unsafe_split.Tensor")
def unsafe_split(self: Layout, split_size: int, dim: int = 0) -> tuple[Layout | Output, ...]:
    """`split`, hidden from autograd; with a lazy bit the pieces lie in one copy of the input."""
    pieces = split(self, split_size, dim)
    return _on_copy(pieces, split(_resolved(self), split_size, dim)) if self.conj or self.neg else pieces


@layout_rule("unsafe_chunk.default")
def unsafe_chunk(self: Layout, chunks: int, dim: int = 0) -> tuple[Layout | Output, ...]:
    """`chunk`, hidden from autograd; with a lazy bit the pieces lie in one copy of the input."""
    pieces = chunk(self, chunks, dim)
    return _on_copy(pieces, chunk(_resolved(self), chunks, dim)) if self.conj or self.neg else pieces


@layout_rule("unsafe_split_with_sizes.default")
def unsafe_split_with_sizes(self: Layout, split_sizes: Sequence[int], dim: int = 0) -> tuple[Layout | Output, ...]:
    """`split_with_sizes`, hidden from autograd; with a lazy bit the pieces lie in one copy of the input."""
    pieces = split_with_sizes(self, split_sizes, dim)
    return _on_copy(pieces, split_with_sizes(_resolved(self), split_sizes, dim)) if self.conj or self.neg else pieces
