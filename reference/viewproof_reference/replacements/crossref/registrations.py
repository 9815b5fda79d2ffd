"""The doors through which a kernel comes in at run time, watched: what was known of an operator may be true no more.

Torch has no counter of registrations. So while someone watches, each door is replaced by one that counts; when nobody
does any more, it is put back. The doors are: the dispatcher's library object, which every registration from Python
goes through, and every removal of one (`torch.library`); Python kernels for the Python dispatcher (`py_impl`); fake
implementations, registered and removed. What an extension registers when it is imported or opened is seen by the
number of modules and libraries.
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
    """A number that is another one once a module was imported or a library opened."""
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
    # What it gives is a decorator, and that is what registers.
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
    """Call `seen` after every registration and removal during the body, of any thread. Can be nested, and overlap."""
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
