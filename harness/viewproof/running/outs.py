"""Makes calls with an `out=` so that torch's warnings are caught, and returns the outs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from viewproof.tensors.bound import placed
from viewproof.tensors.build import BuiltCall

#: What torch's general `out=` rule warns of, by the start of its words (aten/src/ATen/native/Resize.cpp).
RESIZED = "An output with one or more elements was resized"


@cache
def _one() -> torch.Tensor:
    return placed(torch.UntypedStorage(4), torch.float32, (1,), (1,), 0)


def watched(call: Callable[[], Any]) -> tuple[Any, bool]:
    """The result of `call`, and whether torch warned meanwhile that an out was resized.

    Torch's C++ warnings become Python's only inside a binding that collects them; calling an overload is none, so the
    call is made from inside one (`apply_` of one element, which does nothing else).
    """
    found: list[Any] = []

    def once(value: float) -> float:
        found.append(call())
        return value

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        _one().apply_(once)
    return found[0], any(str(one.message).startswith(RESIZED) for one in heard)


def outs_of(kwargs: dict[str, Any]) -> list[torch.Tensor]:
    """The tensors passed as `out=`."""
    out = kwargs["out"]
    return list(out) if isinstance(out, (list, tuple)) else [out]


def write_out(call: Callable[..., Any], built: BuiltCall) -> Any:
    """Call an `out=` overload. The result is what it returned; the outs themselves where it returns nothing.

    Warnings are collected, so that none is printed.
    """
    result, _ = watched(lambda: call(*built.args, **built.kwargs))
    return outs_of(built.kwargs) if result is None else result
