"""Notices when a kernel is registered at run time, after which kept verdicts on operators may be wrong.

Torch has no counter of registrations. So while `watched` is in use, each function by which kernels are registered,
called a door here, is replaced by one that reports the call; afterwards it is put back. The doors are: the dispatcher's
library object, which every registration from Python and every removal goes through (`torch.library`); Python kernels
for the Python dispatcher (`py_impl`); fake implementations, registered and removed. What an extension registers when it
is imported or opened is noticed by the number of modules and libraries.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import Any

import torch

_LIBRARY = (
    "impl", "impl_t_t", "impl_with_aoti_compile", "define", "def_", "fallback", "fallback_fallthrough", "reset",
    "register_ad_inplace_or_view_fallback",
)  # fmt: skip
_LIBRARIES = torch.ops.loaded_libraries
_watching: list[Callable[[], None]] = []
_replaced: list[tuple[Any, str, Any]] = []
_lock = RLock()


def doors() -> list[tuple[Any, str]]:
    """The owner and the name of every door that this torch has."""
    library = getattr(torch, "_library", None)
    holder = getattr(getattr(library, "fake_impl", None), "FakeImplHolder", None)
    handle = getattr(getattr(library, "utils", None), "RegistrationHandle", None)
    wanted = [(getattr(torch._C, "_DispatchModule", None), name) for name in _LIBRARY]
    wanted += [(torch._ops.OperatorBase, "py_impl"), (holder, "register"), (handle, "destroy")]
    return [(owner, name) for owner, name in wanted if owner is not None and hasattr(owner, name)]


def loaded_so_far() -> int:
    """A number that changes when a module is imported or a library opened."""
    return len(sys.modules) + len(_LIBRARIES)


def _seen() -> None:
    for one in tuple(_watching):
        one()


def _counting(door: Any) -> Any:
    @wraps(door)
    def through(*args: Any, **kwargs: Any) -> Any:
        try:
            return door(*args, **kwargs)
        finally:
            _seen()

    return through


def _counting_decorator(door: Any) -> Any:
    # It returns a decorator, which does the registration.
    @wraps(door)
    def through(*args: Any, **kwargs: Any) -> Any:
        return _counting(door(*args, **kwargs))

    return through


def _replace() -> None:
    for owner, name in doors():
        door = vars(owner)[name]
        called = getattr(owner, name)
        setattr(owner, name, _counting_decorator(called) if name == "py_impl" else _counting(called))
        _replaced.append((owner, name, door))


def _put_back() -> None:
    while _replaced:
        owner, name, door = _replaced.pop()
        setattr(owner, name, door)


@contextmanager
def watched(seen: Callable[[], None]) -> Iterator[None]:
    """Call `seen` after every registration and removal by any thread during the body. Can be nested, and overlap."""
    with _lock:
        if not _watching:
            _replace()
        _watching.append(seen)
    try:
        yield
    finally:
        with _lock:
            _watching.remove(seen)
            if not _watching:
                _put_back()
