"""What is noted of a view while its program runs: its metadata."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.tensors.facts import DTYPE_WORD


def look_at_view(view: torch.Tensor) -> tuple[Any, ...]:
    """A view's `ViewFacts`, as a plain tuple. Raises what torch raises."""
    return (
        view.size(), view.stride(), view.storage_offset(), DTYPE_WORD.get(view.dtype),
        "cpu" if view.is_cpu else view.device.type, view.is_conj(), view.is_neg(),
    )  # fmt: skip


def look_at_copy(view: torch.Tensor) -> tuple[Any, ...]:
    """The `CopyFacts` of a view that became a copy, as a plain tuple. Raises what torch raises."""
    return view.size(), DTYPE_WORD.get(view.dtype), "cpu" if view.is_cpu else view.device.type
