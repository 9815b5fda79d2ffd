"""Layout rules that repeat elements by stride 0: expand, expand_as, broadcast_to.

Sizes and strides are in elements. Sources: aten/src/ATen/native/TensorShape.cpp (`expand`, `expand_as`,
`broadcast_to`), aten/src/ATen/ExpandUtils.cpp (`inferExpandGeometry`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import broadcast_strides
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.registry import layout_rule


@layout_rule("expand.default")
def expand(self: Layout, size: Sequence[int], *, implicit: bool = False) -> Layout:  # noqa: ARG001
    """Dimensions of size 1 read again and again, new ones in front, -1 keeps an extent.

    `implicit` says who asked, and changes nothing.
    """
    old_size, old_stride, offset, dtype, conj, neg, storage_bytes = self
    new_size, stride = broadcast_strides(old_size, old_stride, size)
    return Layout(new_size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("expand_as.default")
def expand_as(self: Layout, other: Layout) -> Layout:
    """`expand` to the size of `other`; the strides of `other` do not matter."""
    return expand(self, other.size)


@layout_rule("broadcast_to.default")
def broadcast_to(self: Layout, size: Sequence[int]) -> Layout:
    """`expand` under numpy's name."""
    return expand(self, size)
