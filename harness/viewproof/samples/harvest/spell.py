"""Writes a recorded call down as a sample: layouts are kept, and of the numbers only those of small integers."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.cases.text import tight_elements
from viewproof.catalog.overloads import resolve
from viewproof.samples.cases import Text
from viewproof.tensors.build import argument_names
from viewproof.tensors.facts import DTYPE_WORD
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout

MOST_ELEMENTS = 300
"""A tensor of more elements than these is in no sample."""
MOST_NUMBERS = 30
"""An integer tensor of more elements than these loses its numbers, which are a part of the name."""
#: Words in the names of arguments that hold places in another: some kernels trust them, and write where they say.
INDEXLIKE = ("index", "indices", "target", "labels", "lengths", "ids", "offset")
#: The types of arguments that are read as words (`float32`, `strided`, `cpu`), whatever Python has for them.
_WORDS = (torch.dtype, torch.memory_format, torch.layout)


class UnspelledError(ValueError):
    """Raised where a call holds something that no sample can say; the message says what."""


def spell_call(operator: str, args: Any, kwargs: Any) -> Case:
    """The call as a sample's. Raises UnspelledError."""
    names = argument_names(operator)
    spelled = tuple([_spell(one, names[place]) for place, one in enumerate(args)])
    keyed = tuple([(name, _spell(value, name)) for name, value in kwargs.items()])
    return normal(Case(operator, spelled, keyed))


def normal(call: Case) -> Case:
    """The call as the dispatcher hands it on: arguments by place where they have one, lists whole, defaults left out.

    Raises UnspelledError for a default in the middle that no sample can say.
    """
    given = dict(call.kwargs)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    arguments = resolve(call.operator)._schema.arguments
    placed = [one for one in arguments if not one.kwarg_only]
    last = max([len(call.args), *[place + 1 for place, one in enumerate(placed) if one.name in given]])
    for place, one in enumerate(placed[:last]):
        if place < len(call.args):
            value = call.args[place]
        else:
            value = given[one.name] if one.name in given else _default_of(one)
        args.append(_whole(one, value))
    while args and placed[len(args) - 1].has_default_value() and args[-1] == _default_of(placed[len(args) - 1]):
        args.pop()
    for one in arguments:
        if one.kwarg_only and one.name in given:
            kwargs[one.name] = _whole(one, given[one.name])
    return Case(call.operator, tuple(args), tuple(kwargs.items()), call.storages)


def _default_of(argument: Any) -> Any:
    if not argument.has_default_value():
        raise UnspelledError(f"no {argument.name}")
    return _spell(argument.default_value, argument.name)


def _whole(argument: Any, value: Any) -> Any:
    """One number for a list of a known length is that list; the name of a device is a device."""
    kind = str(argument.type).removeprefix("Optional[")
    if argument.name == "device" and type(value) is Text:
        return value.value
    if kind.startswith(("List[int", "List[SymInt", "List[float", "List[bool")) and type(value) in (int, float, bool):
        return (value,) * (argument.N or 1)
    return value


def _spell(value: Any, name: str) -> Any:
    if isinstance(value, torch.Tensor):
        return _tensor(value, any(word in name for word in INDEXLIKE))
    if isinstance(value, list | tuple):
        return tuple([_spell(one, name) for one in value])
    if isinstance(value, _WORDS):
        return str(value).removeprefix("torch.")
    if isinstance(value, torch.device):
        if value.type != "cpu":
            raise UnspelledError(f"device {value}")
        return "cpu"
    if isinstance(value, str):
        if any(sign in value for sign in "'\\\n"):
            raise UnspelledError(f"text {value!r}")
        return Text(value)
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        # A random scalar says no more with all its digits.
        return float(f"{value:.3g}")
    raise UnspelledError(type(value).__name__)


def _tensor(tensor: torch.Tensor, index: bool) -> TensorArgument:
    plain = type(tensor) in (torch.Tensor, torch.nn.Parameter) and tensor.layout is torch.strided
    if not plain or tensor.is_nested or tensor.device.type != "cpu" or tensor.is_quantized:
        raise UnspelledError(f"a tensor of {type(tensor).__name__}, {tensor.layout}, {tensor.device}")
    dtype = DTYPE_WORD[tensor.dtype]
    if dtype not in DTYPES:
        raise UnspelledError(f"dtype {dtype}")
    whole = DTYPES[dtype].kind in ("bool", "int", "uint")
    numbered = whole and tensor.numel() <= MOST_NUMBERS
    if tensor.numel() > MOST_ELEMENTS or (whole and index and not numbered):
        raise UnspelledError(f"{tensor.numel()} elements of {dtype}")
    size, stride, offset = tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset())
    if offset > 64 or any(step > 512 for step in stride):
        offset, stride = 0, _packed(size, stride)
    needed = tight_elements(size, stride, offset) * DTYPES[dtype].itemsize
    layout = Layout(size, stride, offset, dtype, tensor.is_conj(), tensor.is_neg(), needed)
    values = tuple([int(one) for one in tensor.detach().reshape(-1).tolist()]) if numbered else None
    return TensorArgument(layout, frozenset(), None, values)


def _packed(size: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Dense strides in the order of `stride`; those of 0 stay."""
    found = list(stride)
    step = 1
    for place in sorted(range(len(size)), key=lambda place: stride[place]):
        if stride[place]:
            found[place] = step
            step *= max(size[place], 1)
    return tuple(found)
