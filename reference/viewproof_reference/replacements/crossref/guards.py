"""Switches the thread's state for a crossref: functionalization off, the Python dispatcher on or off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import torch

_C: Any = torch._C
_KEY = torch._C.DispatchKey.Functionalize


class Functionalization(NamedTuple):
    """Whether functionalization is on in this thread, and whether it reapplies views (else it makes them copies)."""

    on: bool
    reapplies_views: bool


def functionalization() -> Functionalization:
    """The state of this thread."""
    return Functionalization(_C._dispatch_tls_is_dispatch_key_included(_KEY), _C._functionalization_reapply_views_tls())


def set_functionalization(wanted: Functionalization) -> None:
    """Set this thread's state to `wanted`."""
    if functionalization() == wanted:
        return
    if functionalization().on:
        torch._disable_functionalization()
    if wanted.on:
        torch._enable_functionalization(reapply_views=wanted.reapplies_views)


@contextmanager
def functionalization_suspended() -> Iterator[Functionalization]:
    """Functionalization off for the body; yields the state that it had, and restores that however the body ends.

    Whatever state the body leaves behind is undone. Torch's own suspension turns functionalization back on without
    checking: if the body left it on, that raises, and what the body itself raised is lost; if the body turned it on
    where it was off, that is not undone at all.
    """
    before = functionalization()
    set_functionalization(Functionalization(on=False, reapplies_views=False))
    try:
        yield before
    finally:
        set_functionalization(before)


def enable_python_dispatcher() -> AbstractContextManager[Any]:
    """The Python dispatcher on for the body, and as it was before after it. Operators consult their Python kernels."""
    guard: AbstractContextManager[Any] = _C._EnablePythonDispatcher()
    return guard


def no_python_dispatcher() -> AbstractContextManager[Any]:
    """The Python dispatcher off for the body, and as it was before after it."""
    guard: AbstractContextManager[Any] = _C._DisablePythonDispatcher()
    return guard


def enable_pre_dispatch() -> AbstractContextManager[Any]:
    """Modes of the pre-dispatch stack are called first for the body; after it, they are as they were before."""
    guard: AbstractContextManager[Any] = _C._EnablePreDispatch()
    return guard


def python_dispatcher_on() -> bool:
    """Whether the Python dispatcher is on in this thread."""
    return bool(_C._dispatch_tls_is_dispatch_key_included(_C.DispatchKey.PythonDispatcher))


def pre_dispatch_on() -> bool:
    """Whether the pre-dispatch stack is consulted in this thread."""
    return bool(_C._dispatch_tls_is_dispatch_key_included(_C.DispatchKey.PreDispatch))
