"""Reads and restores what a kernel can change for all later calls: torch's settings, and the thread's state.

Torch's own kernels leave these as they were. One that does not must not affect the next case.
"""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple, Self

import torch

from viewproof.running.thread_state import ThreadStateKept


class Settings(NamedTuple):
    """Settings of the whole process that calls depend on."""

    default_dtype: torch.dtype
    deterministic: tuple[bool, bool]
    threads: int


def settings() -> Settings:
    """The settings of now."""
    deterministic = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return Settings(torch.get_default_dtype(), deterministic, torch.get_num_threads())


class settings_kept(ThreadStateKept):  # noqa: N801 - reads as a function: `with settings_kept():`
    """Restores at the end the settings and the thread's state of the beginning; `changed` says whether it had to.

    Where the process is `shared` with another program, its settings are that one's, and left alone.
    """

    __slots__ = ("_settings", "_shared")

    def __init__(self, *, shared: bool = False) -> None:
        super().__init__()
        self._shared = shared

    def __enter__(self) -> Self:
        self._settings = None if self._shared else settings()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._settings is not None and settings() != self._settings:
            self.changed = True
            _put_back(self._settings)


def _put_back(before: Settings) -> None:
    torch.set_default_dtype(before.default_dtype)
    torch.use_deterministic_algorithms(before.deterministic[0], warn_only=before.deterministic[1])
    torch.set_num_threads(before.threads)
