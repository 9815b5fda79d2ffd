"""Case values as Python source that means the same with nothing but `import torch`."""

from __future__ import annotations

import math
from typing import Any

from viewproof_reference.layout.dtypes import DTYPES

_LAYOUTS = ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged")
_FORMATS = ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
_WORDS = frozenset((*DTYPES, *_LAYOUTS, *_FORMATS))


def literal(value: Any) -> str:
    """The source of one plain argument: a number, None, a word of torch's or a sequence of these."""
    if isinstance(value, str):
        return f"torch.{value}" if value in _WORDS else repr(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)
