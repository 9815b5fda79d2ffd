"""Writes a call's real arguments down as a case: layouts and words, no values and no tensors.

The flags `~grad` and `~view` are left out: below autograd, where calls are seen, a layout depends on neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.cases.text import tight_elements
from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD
from viewproof_reference.layout import DTYPES, Layout

_STRIDED = torch.strided
_PLAIN = frozenset({int, bool, float, type(None)})


class Unspelled(ValueError):
    """Raised where a call has no case name; the message is the reason, the same for all calls of its kind."""


def tensors_in(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """The tensors of a call in order, those of lists too."""
    found: list[torch.Tensor] = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif type(value) is list:
            found += [one for one in value if isinstance(one, torch.Tensor)]
    return found


def spell(name: str, numbers: frozenset[int], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Case:
    """The case of a call of the overload `name`; `numbers` are the places of tensors that it reads as numbers.

    Raises Unspelled where no case can say it.
    """
    tensors = tensors_in(args, kwargs)
    if not tensors or not isinstance(args[0], torch.Tensor):
        raise Unspelled("the first argument is no tensor")
    for tensor in tensors:
        _check(tensor)
    # Operands that are read as numbers may lie elsewhere: they have no place in any layout.
    devices = {tensor.device for place, tensor in enumerate(tensors) if place not in numbers}
    if len(devices) > 1:
        raise Unspelled("its operands are on several devices")
    speller = _Speller(tensors, next(iter(devices)))
    spelled = [speller.value(value, place in numbers) for place, value in enumerate(args)]
    named = [(word, speller.value(value, False)) for word, value in kwargs.items()]
    return Case(name, tuple(spelled), tuple(named), tuple(speller.declared))


def _check(tensor: torch.Tensor) -> None:
    if tensor.is_nested:
        raise Unspelled("an operand is a nested tensor")
    if tensor.layout is not _STRIDED:
        raise Unspelled(f"an operand is {LAYOUT_WORD.get(tensor.layout, str(tensor.layout))}")
    word = DTYPE_WORD.get(tensor.dtype, str(tensor.dtype))
    if word not in DTYPES:
        raise Unspelled(f"the dtype {word} has no layout rules")
    needed = tight_elements(tuple(tensor.size()), tensor.stride(), int(tensor.storage_offset()))
    if needed * DTYPES[word].itemsize > tensor.untyped_storage().nbytes():
        raise Unspelled("an operand leaves its storage, which was freed or resized")


class _Speller:
    """Spells the arguments of one call, and declares the storages that several of them lie on."""

    def __init__(self, tensors: list[torch.Tensor], device: torch.device) -> None:
        self.device = device
        self.declared: list[tuple[str, int]] = []
        self.numbered: dict[int, int] = {}
        places = [tensor.untyped_storage()._cdata for tensor in tensors]
        self.shared = {place for place in places if places.count(place) > 1}

    def value(self, value: Any, read: bool) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if isinstance(value, torch.Tensor):
            return self.tensor(value, read)
        if kind is list or kind is tuple or kind is torch.Size:
            return tuple([self.value(one, False) for one in value])
        if kind is torch.dtype:
            return DTYPE_WORD[value]
        if kind is torch.memory_format:
            return str(value).removeprefix("torch.")
        if kind is torch.layout:
            return LAYOUT_WORD[value]
        if kind is torch.device:
            # In a case the word `cpu` is the operands' own device.
            if value.type != self.device.type or value.index not in (None, self.device.index):
                raise Unspelled("it moves between devices")
            return "cpu"
        raise Unspelled(f"an argument is a {kind.__name__}")

    def tensor(self, tensor: torch.Tensor, read: bool) -> TensorArgument:
        storage = tensor.untyped_storage()
        word = DTYPE_WORD[tensor.dtype]
        layout = Layout(
            tuple(tensor.size()),
            tuple(tensor.stride()),
            int(tensor.storage_offset()),
            word,
            tensor.is_conj(),
            tensor.is_neg(),
            storage.nbytes(),
        )
        values = None
        if read:
            flat = tensor.detach().reshape(-1).tolist()
            values = tuple([int(one) for one in flat])
        return TensorArgument(layout, frozenset(), self.number(storage, word), values)

    def number(self, storage: torch.UntypedStorage, word: str) -> int | None:
        place = storage._cdata
        if place not in self.shared:
            return None
        if place not in self.numbered:
            # Declared in the first operand's elements; in bytes where it is no whole number of those.
            count, rest = divmod(storage.nbytes(), DTYPES[word].itemsize)
            self.numbered[place] = len(self.declared)
            self.declared.append((word, count) if not rest else ("uint8", storage.nbytes()))
        return self.numbered[place]
