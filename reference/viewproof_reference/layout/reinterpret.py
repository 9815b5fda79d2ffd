"""Layout rules that read the same bytes as another dtype, or under other conj and neg bits.

Sizes, strides and offsets count elements of the layout's own dtype, so they scale with the item sizes (bytes).
Sources: aten/src/ATen/native/TensorConversions.cpp (`view_dtype`), ComplexHelper.h (`view_as_real`,
`view_as_complex`), UnaryOps.cpp (`real`, `imag`, `conj`, `_conj`, `_neg_view`, `resolve_conj`, `resolve_neg`).
"""

from __future__ import annotations

from viewproof_reference.layout.dtypes import COMPLEX_OF, DTYPES
from viewproof_reference.layout.model import Layout, Output, Refusal
from viewproof_reference.layout.registry import layout_rule
from viewproof_reference.layout.reshape import copy_in, same


@layout_rule("view.dtype")
def view_dtype(self: Layout, dtype: str) -> Layout:
    """The bytes as another dtype. The last dimension, which must be dense, takes the change of width.

    Wider by a factor: the last extent, the offset and every other stride must be multiples of it, those of size-1
    and empty dimensions too. A 0-d tensor keeps its width; a lazy conj or neg bit is refused even for the same dtype.
    """
    size, stride, offset, old, conj, neg, storage_bytes = self
    if conj or neg:
        raise Refusal("RuntimeError", "self: wanted no conj or neg bit, got one")
    before, after = DTYPES[old].itemsize, DTYPES[dtype].itemsize
    if before == after:
        return Layout(size, stride, offset, dtype, False, False, storage_bytes)
    if not size:
        raise Refusal("RuntimeError", f"self: wanted a dimension to view {old} as {dtype}, got a 0-d tensor")
    if stride[-1] != 1:
        raise Refusal("RuntimeError", f"self: wanted a last stride of 1, got {stride[-1]}")
    if before > after:
        factor = before // after
        strides = tuple([step * factor for step in stride[:-1]])
        return Layout(
            (*size[:-1], size[-1] * factor), (*strides, 1), offset * factor, dtype, False, False, storage_bytes
        )
    factor = after // before
    if size[-1] % factor or offset % factor or any(step % factor for step in stride[:-1]):
        raise Refusal("RuntimeError", f"self: wanted multiples of {factor}, got {size}, {stride}, offset {offset}")
    strides = tuple([step // factor for step in stride[:-1]])
    return Layout((*size[:-1], size[-1] // factor), (*strides, 1), offset // factor, dtype, False, False, storage_bytes)


@layout_rule("view_as_real.default")
def view_as_real(self: Layout) -> Layout:
    """A last dimension of 2, the real part and the imaginary part; the neg bit stays, a conj bit is refused."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    real = DTYPES[dtype].real
    if real is None:
        raise Refusal("RuntimeError", f"self: wanted a complex tensor, got {dtype}")
    if conj:
        raise Refusal("RuntimeError", "self: wanted no conj bit, got one")
    strides = tuple([2 * step for step in stride])
    return Layout((*size, 2), (*strides, 1), 2 * offset, real, False, neg, storage_bytes)


@layout_rule("view_as_complex.default")
def view_as_complex(self: Layout) -> Layout:
    """A dense last dimension of 2 as real and imaginary parts; offset and other strides even, but of size-1 ones.

    A size-1 dimension's odd stride is halved and rounded down.
    """
    size, stride, offset, dtype, _, neg, storage_bytes = self
    word = COMPLEX_OF.get(dtype)
    if word is None:
        raise Refusal("RuntimeError", f"self: wanted float16, float32 or float64, got {dtype}")
    if not size or size[-1] != 2:
        raise Refusal("RuntimeError", f"self: wanted a last dimension of 2, got size {size}")
    if stride[-1] != 1:
        raise Refusal("RuntimeError", f"self: wanted a last stride of 1, got {stride[-1]}")
    if offset % 2 or any(step % 2 and extent != 1 for extent, step in zip(size[:-1], stride, strict=False)):
        raise Refusal("RuntimeError", f"self: wanted even strides and offset, got {stride}, offset {offset}")
    return Layout(size[:-1], tuple([step // 2 for step in stride[:-1]]), offset // 2, word, False, neg, storage_bytes)


@layout_rule("_conj.default")
def conj_view(self: Layout) -> Layout:
    """A complex tensor with its conj bit flipped."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    if DTYPES[dtype].real is None:
        raise Refusal("RuntimeError", f"self: wanted a complex tensor, got {dtype}")
    return Layout(size, stride, offset, dtype, not conj, neg, storage_bytes)


@layout_rule("_neg_view.default")
def neg_view(self: Layout) -> Layout:
    """A tensor of any dtype with its neg bit flipped."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    return Layout(size, stride, offset, dtype, conj, not neg, storage_bytes)


@layout_rule("conj.default")
def conj(self: Layout) -> Layout | Output:
    """`_conj` of a complex tensor, a real one itself."""
    return same(self) if DTYPES[self.dtype].real is None else conj_view(self)


@layout_rule("real.default")
def real(self: Layout) -> Layout | Output:
    """The real parts, every second element; a real tensor itself. The conj bit goes, the neg bit stays."""
    size, stride, offset, dtype, _, neg, storage_bytes = self
    word = DTYPES[dtype].real
    if word is None:
        return same(self)
    return Layout(size, tuple([2 * step for step in stride]), 2 * offset, word, False, neg, storage_bytes)


@layout_rule("imag.default")
def imag(self: Layout) -> Layout:
    """The imaginary parts; a conj bit becomes a flip of the neg bit. Refused for a real tensor."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    word = DTYPES[dtype].real
    if word is None:
        raise Refusal("RuntimeError", f"self: wanted a complex tensor, got {dtype}")
    return Layout(size, tuple([2 * step for step in stride]), 2 * offset + 1, word, False, neg ^ conj, storage_bytes)


@layout_rule("resolve_conj.default")
def resolve_conj(self: Layout) -> Output:
    """The input where its conj bit is off; else a copy, which resolves the neg bit too."""
    return copy_in(self, None) if self.conj else same(self)


@layout_rule("resolve_neg.default")
def resolve_neg(self: Layout) -> Output:
    """The input where its neg bit is off; else a copy, which resolves the conj bit too."""
    return copy_in(self, None) if self.neg else same(self)
