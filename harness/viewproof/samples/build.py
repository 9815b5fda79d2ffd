"""Builds a sample's real tensors, each placed on a raw storage of its own by no kernel that can be replaced."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.samples.cases import DomainTensor, Text
from viewproof.samples.fill import contents
from viewproof.tensors.bound import placed
from viewproof.tensors.build import argument_names
from viewproof.tensors.numbers import bytes_of_numbers
from viewproof.tensors.storage_bytes import upload

#: What a bare word of a sample means; `cpu` is the device that the sample is built on.
WORDS: dict[str, Any] = {
    name: value
    for name, value in vars(torch).items()
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format) and str(value) == f"torch.{name}"
}


class Operand(NamedTuple):
    """One tensor of a call: the schema's name for it (`self`, `tensors.1`) and the tensor."""

    name: str
    tensor: torch.Tensor


class BuiltSample(NamedTuple):
    """A call's arguments on `device`, and its tensors in their order."""

    args: list[Any]
    kwargs: dict[str, Any]
    operands: list[Operand]


@lru_cache(maxsize=8192)
def _laid(argument: TensorArgument, number: int, domain: str) -> bytes:
    return bytes_of_numbers(argument.layout.dtype, contents(argument, number, domain))


class _Builder:
    def __init__(self, case: Case, device: str) -> None:
        self.case = case
        self.device = device
        self.operands: list[Operand] = []
        self.shared: dict[int, torch.UntypedStorage] = {}

    def value(self, name: str, given: Any) -> Any:
        kind = type(given)
        if kind is TensorArgument:
            return self.tensor(name, given, "")
        if kind is DomainTensor:
            return self.tensor(name, given.tensor, given.domain)
        if kind is tuple:
            return [self.value(f"{name}.{place}", one) for place, one in enumerate(given)]
        if kind is Text:
            return given.value
        if kind is str:
            return torch.device(self.device) if given == "cpu" else WORDS.get(given, given)
        return given

    def tensor(self, name: str, argument: TensorArgument, domain: str) -> torch.Tensor:
        layout = argument.layout
        made = placed(
            self.storage(argument, domain), WORDS[layout.dtype], layout.size, layout.stride, layout.offset
        )  # fmt: skip
        if layout.conj:
            torch._C._set_conj(made, True)
        if layout.neg:
            torch._C._set_neg(made, True)
        self.operands.append(Operand(name, made))
        return made

    def storage(self, argument: TensorArgument, domain: str) -> torch.UntypedStorage:
        if argument.storage is not None and argument.storage in self.shared:
            return self.shared[argument.storage]
        if self.device == "meta":
            found = torch.UntypedStorage(argument.layout.storage_bytes, device="meta")
        else:
            found = upload(_laid(argument, len(self.operands), domain), "cpu")
        if argument.storage is not None:
            self.shared[argument.storage] = found
        return found


def build_sample(case: Case, device: str = "cpu") -> BuiltSample:
    """The arguments of a sample's call, made anew on `device`; on `meta` they hold nothing."""
    builder = _Builder(case, device)
    names = argument_names(case.operator)
    args = [builder.value(names[place], given) for place, given in enumerate(case.args)]
    kwargs = {name: builder.value(name, given) for name, given in case.kwargs}
    return BuiltSample(args, kwargs, builder.operands)


def operand_names(case: Case) -> tuple[str, ...]:
    """The names of the tensors of a sample's call, in the order in which they are built."""
    found: list[str] = []

    def walk(name: str, value: Any) -> None:
        if type(value) in (TensorArgument, DomainTensor):
            found.append(name)
        elif type(value) is tuple:
            for place, one in enumerate(value):
                walk(f"{name}.{place}", one)

    names = argument_names(case.operator)
    for place, value in enumerate(case.args):
        walk(names[place], value)
    for name, value in case.kwargs:
        walk(name, value)
    return tuple(found)
