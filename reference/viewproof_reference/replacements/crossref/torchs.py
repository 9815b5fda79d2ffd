"""Tells what torch raised in a crossref from what the crossref raised by a fault of its own.

Functions that do nothing but ask torch are decorated: what comes out of them is marked as torch's. All else is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])


def asks_torch(function: _Function) -> _Function:
    """The function, whose exceptions are marked as torch's; only for one that calls torch and does little else."""

    @wraps(function)
    def asking(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            error.of_torch = True  # type: ignore[attr-defined]
            raise

    return cast(_Function, asking)


def is_torchs(error: BaseException) -> bool:
    """Whether torch raised it. Calls that nest too deeply are torch's too: no function here calls itself."""
    return getattr(error, "of_torch", False) is True or isinstance(error, RecursionError)
