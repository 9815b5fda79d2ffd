"""The thread's state that calls depend on: dispatch keys, mode stacks, grad mode, the flag of reapplied views.

It is read by name, to be compared and told, and put back where a wrong kernel left it changed.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import torch
from torch.utils import _device
from torch.utils._python_dispatch import TorchDispatchMode

_C: Any = torch._C
_included, _excluded = _C._dispatch_tls_local_include_set, _C._dispatch_tls_local_exclude_set
_interpreters, _reapplies = _C._functorch.get_interpreter_stack, _C._functionalization_reapply_views_tls
_grad, _forward_grad, _inference = torch.is_grad_enabled, _C._is_fwd_grad_enabled, torch.is_inference_mode_enabled
_dispatch_modes, _function_modes = _C._len_torch_dispatch_stack, _C._len_torch_function_stack
_function_state = _C._get_torch_function_state


def thread_state() -> dict[str, Any]:
    """What must be as it was after any run, by name."""
    return {
        "dispatch keys included": _included().raw_repr(),
        "dispatch keys excluded": _excluded().raw_repr(),
        "functorch levels": len(_interpreters() or ()),
        "dispatch modes": _dispatch_modes(),
        "function modes": _function_modes(),
        "functional mode": _C._get_dispatch_mode(_C._TorchDispatchModeKey.FUNCTIONAL) is not None,
        "proxy mode": _C._get_dispatch_mode(_C._TorchDispatchModeKey.PROXY) is not None,
        "views reapplied": _reapplies(),
        "grad mode": _grad(),
    }


def changed_state(before: dict[str, Any]) -> str:
    """What differs from `before`, in words; empty where nothing does."""
    now = thread_state()
    changed = [f"{name}: {before[name]} became {value}" for name, value in now.items() if value != before[name]]
    return "; ".join(changed)


#: The one that was entered last in this thread, and has not ended.
_INNERMOST = threading.local()


class ThreadStateKept:
    """A context manager that puts the thread's state back at its end; `left` names what was changed, once it has ended.

    It costs some four microseconds. Autocast is among the dispatch keys: it is on where its key is not excluded. What
    one within another finds left, the outer one names too.
    """

    __slots__ = ("_before", "_dispatch_modes", "_function_modes", "_guard", "_outer", "left")

    def __init__(self) -> None:
        self.left: list[str] = []

    @property
    def changed(self) -> bool:
        """Whether anything had been changed."""
        return bool(self.left)

    def __enter__(self) -> Self:
        self._outer: ThreadStateKept | None = getattr(_INNERMOST, "kept", None)
        _INNERMOST.kept = self
        self._before = before = _now()
        # Torch's guard puts back at its end the keys that it found.
        self._guard = _C._ForceDispatchKeyGuard(before[0], before[1])
        self._guard.__enter__()
        self._dispatch_modes = _dispatch_stack() if before[2] else []
        self._function_modes = _function_stack() if before[3] else []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _INNERMOST.kept = self._outer
        self._restore()
        if self._outer is not None and self.left:
            self._outer.left += self.left

    def _restore(self) -> None:
        """Put back what is not as it was, and name it."""
        now = _now()
        if now != self._before:
            self.left += _names_of(self._before, now)
            # What a call left half done ends now, and not in the midst of a later one. It is young.
            gc.collect(1)
            self._put_back()
        self._guard.__exit__(None, None, None)

    def _put_back(self) -> None:
        (
            included, _, _, _, levels, reapplies, grad, forward_grad, inference, function_state,
            default_device, autocast, denormals_lost,
        ) = self._before  # fmt: skip
        while _dispatch_modes() > len(self._dispatch_modes):
            _leave_dispatch_mode()
        _put_back_modes(
            self._dispatch_modes, _dispatch_stack, lambda: _C._pop_torch_dispatch_stack(None),
            _C._push_on_torch_dispatch_stack,
        )  # fmt: skip
        _put_back_modes(
            self._function_modes, _function_stack, _C._pop_torch_function_stack, _C._push_on_torch_function_stack
        )
        if getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None) is not default_device:
            # Its mode is off the stack already.
            torch._GLOBAL_DEVICE_CONTEXT.device_context = default_device
            _device.CURRENT_DEVICE = None if default_device is None else default_device.device
        while len(_interpreters() or ()) > levels:
            _C._functorch.pop_dynamic_layer_stack()
        dispatcher = included.has(_C.DispatchKey.PythonDispatcher)
        if dispatcher != _included().has(_C.DispatchKey.PythonDispatcher):
            _enter_for_good(_C._EnablePythonDispatcher() if dispatcher else _C._DisablePythonDispatcher())
        if inference != _inference():
            _enter_for_good(_C._InferenceMode(inference))
        if reapplies != _reapplies():
            torch._disable_functionalization()
            torch._enable_functionalization(reapply_views=reapplies)
        with _C.DisableTorchFunction():  # else function modes are asked
            _C._set_fwd_grad_enabled(forward_grad)
            _C._set_grad_enabled(grad)
        _C._set_torch_function_state(function_state)
        if autocast != _autocast():
            for device, dtype in zip(_CAST, autocast, strict=False):
                torch.set_autocast_dtype(device, dtype)
            torch.set_autocast_cache_enabled(autocast[-1])
            torch.clear_autocast_cache()
        if denormals_lost != _denormals_lost():
            torch.set_flush_denormal(denormals_lost)


def _names_of(before: tuple[Any, ...], now: tuple[Any, ...]) -> list[str]:
    """What differs, in words, without what follows from another: a mode that is left on is a dispatch key too."""
    found = [name for name, one, other in zip(_NAMES, before, now, strict=True) if one != other]
    excluded, now_excluded = before[1], now[1]
    if excluded != now_excluded:
        # Autocast of a device is a key that is excluded, until it is on.
        keys = [key for key in _C.DispatchKey.__members__.values() if excluded.has(key) != now_excluded.has(key)]
        casting = [key.name.startswith("Autocast") for key in keys]
        found = [name for name in found if name != _NAMES[1] or not all(casting)]
        found += ["autocast"] if any(casting) and "autocast" not in found else []
    following = {name for cause, names in _FOLLOW.items() if cause in found for name in names}
    return [name for name in found if name not in following]


def _now() -> tuple[Any, ...]:
    """All of the state that can be put back; equal where nothing has changed it."""
    return (
        _included(), _excluded(), _dispatch_modes(), _function_modes(), len(_interpreters() or ()), _reapplies(),
        _grad(), _forward_grad(), _inference(), _function_state(),
        getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None), _autocast(), _denormals_lost(),
    )  # fmt: skip


#: By what the parts of `_now` are told.
_NAMES = (
    "dispatch keys included", "dispatch keys excluded", "dispatch modes", "function modes", "functorch levels",
    "functionalization", "grad mode", "forward grad mode", "inference mode", "torch functions of subclasses",
    "default device", "autocast", "flushed denormals",
)  # fmt: skip
_KEYS = _NAMES[:2]
#: What follows from another.
_FOLLOW = {
    "dispatch modes": _KEYS,
    "function modes": _KEYS,
    "functorch levels": _KEYS,
    "functionalization": _KEYS,
    "inference mode": (*_KEYS, "grad mode", "forward grad mode"),
    "default device": ("function modes",),
}
_CAST = ("cpu", "cuda")
_autocast_dtype, _autocast_cached = torch.get_autocast_dtype, torch.is_autocast_cache_enabled


def _autocast() -> tuple[Any, ...]:
    """What autocast casts to on each device, and whether it keeps what it has cast."""
    return _autocast_dtype("cpu"), _autocast_dtype("cuda"), _autocast_cached()


_SMALLEST = 5e-324


def _denormals_lost() -> bool:
    """Whether the processor takes the smallest numbers for zeros, in this thread: Python computes with the same one."""
    return _SMALLEST + _SMALLEST == 0.0


def _dispatch_stack() -> list[Any]:
    return [_C._get_dispatch_stack_at(place) for place in range(_dispatch_modes())]


def _leave_dispatch_mode() -> None:
    """Take the uppermost mode off: as its class's base does, which puts back flags of torch's, where it was entered."""
    mode = _C._get_dispatch_stack_at(_dispatch_modes() - 1)
    if vars(mode).get("old_dispatch_mode_flags"):
        TorchDispatchMode.__exit__(mode, None, None, None)
    else:
        _C._pop_torch_dispatch_stack(None)


def _function_stack() -> list[Any]:
    return [_C._get_function_stack_at(place) for place in range(_function_modes())]


def _put_back_modes(
    wanted: list[Any], read: Callable[[], list[Any]], pop: Callable[[], Any], push: Callable[[Any], None]
) -> None:
    """Make a stack of modes the wanted one."""
    stack = read()
    if len(stack) != len(wanted) or any(one is not mode for one, mode in zip(stack, wanted, strict=True)):
        while read():
            pop()
        for mode in wanted:
            push(mode)


#: Guards for what torch has no function to set. Each undoes it when it is collected, so that none ever is.
_ENTERED: list[Any] = []


def _enter_for_good(guard: Any) -> None:
    guard.__enter__()
    _ENTERED.append(guard)
