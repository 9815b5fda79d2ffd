"""What a kernel can set for every call after it, and leave so: read, and put back.

Torch's own kernels leave these as they were. One that does not must not decide what the next case comes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch


class Settings(NamedTuple):
    """Settings of the thread and of the process that calls depend on."""

    grad: bool
    default_dtype: torch.dtype
    deterministic: bool
    deterministic_warns: bool
    autocast: bool
    threads: int


def settings() -> Settings:
    """The settings of now."""
    return Settings(
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_num_threads(),
    )


@dataclass(slots=True)
class Kept:
    """Whether settings had to be put back; known once they are."""

    changed: bool = False


@contextmanager
def settings_kept() -> Iterator[Kept]:
    """Puts the settings back at the end as they were at the beginning, and says whether anything had changed them."""
    before, kept = settings(), Kept()
    try:
        yield kept
    finally:
        if settings() != before:
            kept.changed = True
            _put_back(before)


def _put_back(before: Settings) -> None:
    torch._C._set_grad_enabled(before.grad)
    torch.set_default_dtype(before.default_dtype)
    torch.use_deterministic_algorithms(before.deterministic, warn_only=before.deterministic_warns)
    torch.set_autocast_enabled("cpu", before.autocast)
    torch.set_num_threads(before.threads)
