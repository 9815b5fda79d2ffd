"""The layout reference: what every aten view must look like, in integers, without torch.

Importing this package imports each of its modules, so that every rule is registered; `predict` is the function that
applies them.
"""

import importlib
import pkgutil

from viewproof_reference.layout.dtypes import DTYPES, itemsize
from viewproof_reference.layout.model import (
    DualLayout,
    Layout,
    Output,
    Refusal,
    Size,
    SparseLayout,
    contiguous_strides,
    element_count,
)
from viewproof_reference.layout.registry import has_layout_rule, predict

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = [
    "DTYPES", "DualLayout", "Layout", "Output", "Refusal", "Size", "SparseLayout", "contiguous_strides",
    "element_count", "has_layout_rule", "itemsize", "predict",
]  # fmt: skip
