"""The layout reference: what every aten view must look like, in integers, without torch.

Importing this package registers every rule; `predict` is the one door to them.
"""

from __future__ import annotations

from viewproof_reference.layout import (
    broadcast,
    copies,
    dual,
    identity,
    index,
    inplace,
    nested,
    order,
    reinterpret,
    reshape,
    scatter,
    shape,
    sparse,
    split,
)
from viewproof_reference.layout.dtypes import COMPLEX_OF, DTYPES, DType, itemsize
from viewproof_reference.layout.model import (
    AnyLayout,
    DualLayout,
    KnownTensor,
    Layout,
    NestedLayout,
    Operand,
    Output,
    Refusal,
    Size,
    SparseLayout,
    contiguous_strides,
    element_count,
)
from viewproof_reference.layout.registry import has_rule, known_overloads, predict

RULE_MODULES = (
    broadcast, copies, dual, identity, index, inplace, nested, order, reinterpret, reshape, scatter, shape, sparse,
    split,
)  # fmt: skip

__all__ = [
    "COMPLEX_OF", "DTYPES", "RULE_MODULES", "AnyLayout", "DType", "DualLayout", "KnownTensor", "Layout",
    "NestedLayout", "Operand", "Output", "Refusal", "Size", "SparseLayout", "contiguous_strides", "element_count",
    "has_rule", "itemsize", "known_overloads", "predict",
]  # fmt: skip
