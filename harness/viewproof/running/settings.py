"""Reads and restores what a kernel can change for all later calls: torch's settings, and the thread's state.

Torch's own kernels leave these as they were. One that does not must not affect the next case.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple, Self

import torch

from viewproof.running.device_state import device_state, device_state_left
from viewproof.running.functions import functions_replaced, note_functions
from viewproof.running.process_state import ProcessStateKept
from viewproof.running.thread_state import ThreadStateKept

_C: Any = torch._C
#: Bound before anybody can replace them.
_default_dtype, _threads = torch.get_default_dtype, torch.get_num_threads
_deterministic, _warns_only = (
    torch.are_deterministic_algorithms_enabled, torch.is_deterministic_algorithms_warn_only_enabled,
)  # fmt: skip


class Settings(NamedTuple):
    """Settings of the whole process that calls depend on."""

    default_dtype: torch.dtype
    deterministic: tuple[bool, bool, bool]
    threads: int
    anomaly: tuple[bool, bool]
    precision: str


def settings() -> Settings:
    """The settings of now."""
    return Settings(
        _default_dtype(),
        (_deterministic(), _warns_only(), _C._get_deterministic_fill_uninitialized_memory()),
        _threads(),
        (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        _C._get_float32_matmul_precision(),
    )


#: By what they are told.
_WORDS = Settings("default dtype", "deterministic mode", "number of threads", "anomaly mode", "matmul precision")  # type: ignore[arg-type]


class settings_kept(ThreadStateKept):  # noqa: N801 - reads as a function: `with settings_kept():`
    """Restores at the end the settings and the thread's state of the beginning; `left` names what it had to restore.

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

    def _restore(self) -> None:
        super()._restore()
        before = self._settings
        if before is not None and (now := settings()) != before:
            self.left += [str(word) for word, one, other in zip(_WORDS, before, now, strict=True) if one != other]
            _put_back(before)


def _put_back(before: Settings) -> None:
    torch.set_default_dtype(before.default_dtype)
    enabled, warns_only, fills = before.deterministic
    # What torch.use_deterministic_algorithms does, without its import of the compiler.
    _C._set_deterministic_algorithms(enabled, warn_only=warns_only)
    _C._set_deterministic_fill_uninitialized_memory(fills)
    if (compiler := sys.modules.get("torch._inductor.config")) is not None:
        compiler.deterministic = enabled  # type: ignore[attr-defined]
    if _threads() != before.threads:
        torch.set_num_threads(before.threads)
    torch.set_anomaly_enabled(*before.anomaly)
    torch.set_float32_matmul_precision(before.precision)


class state_kept(settings_kept):  # noqa: N801 - reads as a function: `with state_kept():`
    """`settings_kept`, and all else that an execution may leave in its process or on its devices.

    In a process that is `shared`, only the thread's state: what else changes may be another's doing. What cannot be put
    back is among `left` too (`process_state.LASTING`).
    """

    __slots__ = ("_devices", "_process")

    def __enter__(self) -> Self:
        if not self._shared:
            note_functions()
        self._process = None if self._shared else ProcessStateKept()
        self._devices = None if self._shared else device_state()
        super().__enter__()
        return self

    def _restore(self) -> None:
        if self._process is not None:
            # First: what puts the rest back may be among them.
            self.left += [f"{name} replaced" for name in functions_replaced()]
        super()._restore()
        if self._process is not None:
            self.left += self._process.left()
            self.left += device_state_left(self._devices)
