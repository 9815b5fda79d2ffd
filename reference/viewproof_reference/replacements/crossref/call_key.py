"""A key that two calls have in common exactly if they differ in nothing but the values in their tensors.

It contains what the canonical name of a case does: the layout, flags and storage of each tensor, which of them share a
storage, and every other argument with its type (`1`, `True` and `1.0` are equal in Python but make three calls).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch

from viewproof_reference.replacements.crossref.facts import is_alias_of
from viewproof_reference.replacements.crossref.torchs import asks_torch

_TENSORS = frozenset({torch.Tensor, torch.nn.Parameter})
_AS_THEY_ARE = frozenset({int, str, type(None), torch.dtype, torch.layout, torch.memory_format, torch.device})
_WITH_TYPE = frozenset({bool, complex})
#: A marker that no argument can contain, so that no list of the caller's equals it.
_LIST, _TUPLE = object(), object()
_STRIDED = torch.strided
_is_functional = torch._is_functional_tensor


def call_key(args: Sequence[Any], kwargs: Mapping[str, Any], tensors: list[torch.Tensor]) -> Hashable | None:
    """The key of a call of some operator; None where an argument cannot be part of a key. Fills `tensors`, in order.

    A call without a key is checked each time.
    """
    parts: list[Any] = []
    for one in args:
        kind = type(one)
        if kind is int:
            parts.append(one)
        elif not _add(one, kind, parts, tensors):
            return None
    for name, one in kwargs.items():
        parts.append(name)
        if not _add(one, type(one), parts, tensors):
            return None
    if len(tensors) > 1:
        for place in range(1, len(tensors)):
            one = tensors[place]
            parts.append(next((other for other in range(place) if is_alias_of(one, tensors[other])), -1))
    return tuple(parts)


def _add(value: Any, kind: type, parts: list[Any], tensors: list[torch.Tensor]) -> bool:
    if kind in _TENSORS:
        part = _tensor_part(value)
        if part is None:
            return False
        tensors.append(value)
        parts.append(part)
    elif kind in _AS_THEY_ARE:
        parts.append(value)
    elif kind in _WITH_TYPE:
        parts.append((kind, value))
    elif kind is float:
        # Zeros of both signs are equal, and no NaN is.
        parts.append((float, value.hex()))
    elif kind is list or kind is tuple:
        parts.append((_LIST if kind is list else _TUPLE, len(value)))
        for one in value:
            if not _add(one, type(one), parts, tensors):
                return False
    else:
        return False
    return True


@asks_torch
def _tensor_part(tensor: torch.Tensor) -> Hashable | None:
    if tensor.layout is not _STRIDED or tensor.is_nested:
        return None
    return (
        tensor.size(), tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.is_conj(), tensor.is_neg(),
        tensor.requires_grad, tensor.untyped_storage().nbytes(), tensor.device, _is_functional(tensor),
    )  # fmt: skip
