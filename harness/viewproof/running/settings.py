"""Reads and restores torch settings that a kernel can change for all later calls.

Torch's own kernels leave these as they were. One that does not must not affect the next case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch


class Settings(NamedTuple):
    """Settings that calls depend on: the thread's, and the process's where no other program shares it (else None)."""

    grad: bool
    autocast: bool
    default_dtype: torch.dtype | None
    deterministic: tuple[bool, bool] | None
    threads: int | None


def settings(*, shared: bool = False) -> Settings:
    """The settings of now; of a process that is `shared` with another program, those of the thread."""
    grad, autocast = torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")
    if shared:
        return Settings(grad, autocast, None, None, None)
    deterministic = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return Settings(grad, autocast, torch.get_default_dtype(), deterministic, torch.get_num_threads())


@dataclass(slots=True)
class SettingsWatch:
    """Whether settings had to be put back; known once they are."""

    changed: bool = False


@contextmanager
def settings_kept(*, shared: bool = False) -> Iterator[SettingsWatch]:
    """Restores at the end the settings of the beginning, and says whether anything had changed them."""
    before, kept = settings(shared=shared), SettingsWatch()
    try:
        yield kept
    finally:
        if settings(shared=shared) != before:
            kept.changed = True
            _put_back(before)


def _put_back(before: Settings) -> None:
    torch._C._set_grad_enabled(before.grad)
    torch.set_autocast_enabled("cpu", before.autocast)
    if before.default_dtype is not None:
        torch.set_default_dtype(before.default_dtype)
    if before.deterministic is not None:
        torch.use_deterministic_algorithms(before.deterministic[0], warn_only=before.deterministic[1])
    if before.threads is not None:
        torch.set_num_threads(before.threads)
