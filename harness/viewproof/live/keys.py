"""The cheap key of a call: equal keys have one case. A tuple of what is read off the arguments, never a tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

_TENSOR, _PARAMETER = torch.Tensor, torch.nn.Parameter
_STRIDED = torch.strided

Key = tuple[Any, ...]


def key_of(overload: Any, args: Sequence[Any], kwargs: Mapping[str, Any], numbers: frozenset[int]) -> Key:
    """The key of a call. Raises TypeError for an argument that cannot be hashed."""
    parts: list[Any] = [overload]
    storages: list[int] = []
    for value in args:
        kind = type(value)
        if kind is _TENSOR or kind is _PARAMETER:
            parts.append(_tensor(value, storages))
        elif kind is list:
            parts.append(_list(value, storages))
        elif isinstance(value, _TENSOR):
            parts.append(_tensor(value, storages))
        else:
            parts.append(value)
    for name, value in kwargs.items():
        parts.append(name)
        if isinstance(value, _TENSOR):
            parts.append(_tensor(value, storages))
        elif type(value) is list:
            parts.append(_list(value, storages))
        else:
            parts.append(value)
    if len(storages) > 1:
        parts.append(tuple([storages.index(one) for one in storages]))
    parts += [tuple(args[place].detach().reshape(-1).tolist()) for place in numbers]
    return tuple(parts)


def _tensor(tensor: Any, storages: list[int]) -> Key:
    if tensor.layout is not _STRIDED or tensor.is_nested:
        # It has no case: one key for all of its kind.
        return (tensor.layout, tensor.is_nested)
    storage = tensor.untyped_storage()
    storages.append(storage._cdata)
    return (
        tensor.size(),
        tensor.stride(),
        tensor.storage_offset(),
        tensor.dtype,
        tensor.device,
        tensor.is_conj(),
        tensor.is_neg(),
        storage.nbytes(),
    )


def _list(values: list[Any], storages: list[int]) -> Key:
    # The length ends the list: a call's keys are flat otherwise.
    return (len(values), *[_tensor(one, storages) if isinstance(one, _TENSOR) else one for one in values])
