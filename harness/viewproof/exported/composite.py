"""Spares torch's export the loading of composite operators that are loaded already.

Whenever `torch.export` collects the composite operators of its decomposition table, it looks every registered one up
by its name, and once more for each namespace of `torch.ops`: a good part of the time that decomposing takes
(torch/_export/utils.py, `_materialize_cpp_cia_ops`). What is collected stays as torch has it: that the looking up is
repeated makes a difference only where an operator was registered since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any
from unittest.mock import patch

import torch

_LOADER = "_materialize_cpp_cia_ops"


@contextmanager
def loaded_once() -> Iterator[None]:
    """In the body, torch's export looks composite operators up by name only when one was registered since it last did.

    Does nothing where this torch has no such function.
    """
    loader = _loader()
    if loader is None:
        yield
        return
    with patch(f"torch._export.utils.{_LOADER}", loader):
        yield


@cache
def _loader() -> Callable[[], None] | None:
    functions: Any = None
    with suppress(ImportError):
        import torch._export.utils as functions
    own = getattr(functions, _LOADER, None)
    if own is None:
        return None
    last: list[list[str]] = [[]]

    def load() -> None:
        registered = torch._C._dispatch_get_registrations_for_dispatch_key("CompositeImplicitAutograd")
        if registered != last[0]:
            own()
            last[0] = registered

    return load
