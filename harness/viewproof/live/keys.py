"""The cheap key of a call: equal keys have one case. A tuple of what is read off the arguments, never a tensor.

What is read of an operand before a call and of an output after it is one tuple, so that both are hashed and compared
in C. Storages are held while their call runs, and told apart as objects: torch has one object for a storage that lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

_TENSOR, _PARAMETER = torch.Tensor, torch.nn.Parameter
_STRIDED = torch.strided

Key = tuple[Any, ...]
#: What is read of a strided tensor, in order.
FACTS = ("size", "stride", "offset", "dtype", "layout", "device", "conj", "neg", "storage_bytes")
Facts = tuple[Any, ...]


def read(tensor: Any, storage: Any) -> Facts:
    """The facts of a strided tensor, in torch's own objects; `storage` is the one that it lies on now."""
    return (
        tensor.size(),
        tensor.stride(),
        tensor.storage_offset(),
        tensor.dtype,
        tensor.layout,
        tensor.device,
        tensor.is_conj(),
        tensor.is_neg(),
        storage.nbytes(),
    )


def key_of(args: Sequence[Any], kwargs: Mapping[str, Any], numbers: frozenset[int]) -> tuple[Key, list[Any]]:
    """The key of a call among those of its overload, and the storage of each strided operand in order.

    Raises TypeError for an argument that cannot be hashed.
    """
    parts: list[Any] = []
    storages: list[Any] = []
    for value in args:
        kind = type(value)
        if kind is _TENSOR or kind is _PARAMETER:
            parts.append(_read(value, storages))
        elif kind is list:
            parts.append(_list(value, storages))
        elif isinstance(value, _TENSOR):
            parts.append(_read(value, storages))
        else:
            parts.append(value)
    for name, value in kwargs.items():
        parts.append(name)
        if isinstance(value, _TENSOR):
            parts.append(_read(value, storages))
        elif type(value) is list:
            parts.append(_list(value, storages))
        else:
            parts.append(value)
    if len(storages) > 1:
        places = [id(one) for one in storages]
        parts.append(tuple([places.index(one) for one in places]))
    parts += [tuple(args[place].detach().reshape(-1).tolist()) for place in numbers]
    return tuple(parts), storages


def key_of_plain(args: Sequence[Any], lists: bool) -> tuple[Key, Sequence[Any]]:
    """What `key_of` gives for a call without keywords whose first argument is its only tensor: most calls.

    `lists`: whether its other arguments may be lists, of numbers then.
    """
    tensor = args[0]
    try:
        storage = tensor.untyped_storage()
        # `read`, spelled out: a call costs as much as a fact.
        facts = (
            tensor.size(),
            tensor.stride(),
            tensor.storage_offset(),
            tensor.dtype,
            tensor.layout,
            tensor.device,
            tensor.is_conj(),
            tensor.is_neg(),
            storage.nbytes(),
        )
    except (NotImplementedError, RuntimeError):
        # Sparse and the like have no storage, nested ones no size.
        return key_of(args, {}, frozenset())
    if lists:
        return (facts, *[(len(one), *one) if type(one) is list else one for one in args[1:]]), (storage,)
    return (facts, *args[1:]), (storage,)


def _read(tensor: Any, storages: list[Any]) -> Facts:
    if tensor.layout is not _STRIDED or tensor.is_nested:
        # It has no case: one key for all of its kind.
        return (tensor.layout, tensor.is_nested)
    storage = tensor.untyped_storage()
    storages.append(storage)
    return read(tensor, storage)


def _list(values: list[Any], storages: list[Any]) -> Key:
    # The length ends the list: a call's keys are flat otherwise.
    return (len(values), *[_read(one, storages) if isinstance(one, _TENSOR) else one for one in values])
