"""Tells which operators return values that cannot be compared: random, uninitialized, or an address."""

from __future__ import annotations

from functools import lru_cache

import torch

from viewproof.catalog.overloads import resolve

#: Operators that return uninitialized memory, or random values, without torch's tag for that.
UNINITIALIZED = frozenset({
    "empty", "empty_like", "empty_strided", "empty_permuted", "empty_quantized", "new_empty", "new_empty_strided",
    "_empty_affine_quantized", "_empty_per_channel_affine_quantized", "resize", "resize_", "resize_as", "resize_as_",
    "_resize_output", "_resize_output_",
    # Addresses of what is kept elsewhere.
    "fbgemm_pack_gemm_matrix_fp16", "fbgemm_pack_quantized_matrix",
})  # fmt: skip


@lru_cache(maxsize=4096)
def has_no_values(operator: str) -> bool:
    """Whether what an overload returns is random or uninitialized: then only its shape and dtype are compared."""
    random = torch.Tag.nondeterministic_seeded in resolve(operator).tags
    return random or operator.split(".")[1] in UNINITIALIZED
