"""Cases made into real tensors, below the operators under test: `set_` on a raw storage places every base."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from viewproof.cases.model import (
    Case,
    DualArgument,
    NestedArgument,
    SparseArgument,
    TensorArgument,
)
from viewproof.operators import resolve
from viewproof.patterns import fillings, marked
from viewproof_reference.layout.dtypes import DTYPES

WORDS: dict[str, Any] = {
    name: value
    for name, value in vars(torch).items()
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)) and str(value) == f"torch.{name}"
}
_INTEGER_CODES = {"int64": torch.int64, "int32": torch.int32}


@dataclass(slots=True)
class Base:
    """One component of an operand: its tensor, the storage that it lies on, and the fillings that go there.

    `root` is the tensor that autograd calls `_base`: the tensor itself, or the flat one that a `~view` base views.
    `filled` says whether positions may be written there (known values and index components may not).
    """

    name: str
    tensor: torch.Tensor
    root: torch.Tensor
    storage: torch.UntypedStorage
    dtype: str
    storage_bytes: int
    filled: bool
    mark: torch.UntypedStorage | None = None

    def bytes_view(self) -> torch.Tensor:
        """The storage as uint8, placed by `set_`."""
        flat = torch.empty(0, dtype=torch.uint8, device=self.storage.device)
        return flat.set_(self.storage, 0, (self.storage_bytes,), (1,))

    def fill(self, which: int, dtype: str | None = None) -> None:
        """Lay filling number `which` for `dtype` (the base's own, if None) on the storage, device to device."""
        if self.storage_bytes:
            rows = _pristine(self.storage_bytes, dtype or self.dtype, self.storage.device.type)
            self.storage.copy_(rows[which], False)

    def fill_marked(self) -> None:
        """Lay the filling that writes are seen on."""
        if self.storage_bytes:
            if self.mark is None:
                self.mark = upload(marked(self.storage_bytes), self.storage.device.type)
            self.storage.copy_(self.mark, False)


@dataclass(slots=True)
class Built:
    """A case's arguments, and its bases by name: `self`, `self.values`, `other`, ..."""

    args: list[Any]
    kwargs: dict[str, Any]
    bases: dict[str, Base]


def upload(content: bytes, device: str) -> torch.UntypedStorage:
    """A storage on `device` that holds `content`."""
    host = torch.frombuffer(bytearray(content), dtype=torch.uint8).untyped_storage()
    if device == "cpu":
        return host
    there = torch.UntypedStorage(len(content), device=device)
    there.copy_(host, False)
    return there


@lru_cache(maxsize=512)
def _pristine(storage_bytes: int, dtype: str, device: str) -> list[torch.UntypedStorage]:
    if storage_bytes == 0:
        return []
    return [upload(row, device) for row in fillings(storage_bytes, dtype)]


def _place(argument: TensorArgument, storage: torch.UntypedStorage, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    layout = argument.layout
    dtype = WORDS[layout.dtype]
    width = DTYPES[layout.dtype].itemsize
    tensor = torch.empty(0, dtype=dtype, device=device)
    if "view" in argument.flags:
        root = tensor.set_(storage, 0, (layout.storage_bytes // width,), (1,))
        if "grad" in argument.flags:
            root.requires_grad_()
        tensor = root.as_strided(layout.size, layout.stride, layout.offset)
    else:
        root = tensor.set_(storage, layout.offset, layout.size, layout.stride)
        tensor = root
    if layout.conj:
        torch._C._set_conj(tensor, True)
    if layout.neg:
        torch._C._set_neg(tensor, True)
    if "grad" in argument.flags and "view" not in argument.flags:
        tensor.requires_grad_()
    return tensor, root


def _write_values(tensor: torch.Tensor, values: tuple[int, ...]) -> None:
    source = torch.tensor(values, dtype=tensor.dtype).reshape(tensor.size())
    tensor.copy_(source)


KEPT_BASES = 20_000
"""How many bases a worker keeps for later chunks before it starts anew; one takes about two kilobytes."""

_KEPT: dict[str, dict[int, tuple[Any, Any, list[Base]]]] = {}


@dataclass(slots=True)
class Builder:
    """Builds cases on one device, each base once a worker: a later case with the same argument object gets the same
    tensors, also in a later chunk. Storages are left unfilled; who reads them fills them.

    `fresh` turns that off, for operators that change their operand's metadata.
    """

    device: str
    fresh: bool = False
    _kept: dict[int, tuple[Any, Any, list[Base]]] = field(init=False)
    _schema_names: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kept = _KEPT.setdefault(self.device, {})
        if len(self._kept) > KEPT_BASES:
            self._kept.clear()

    def forget(self) -> None:
        """Drop every base that is kept for later cases: something has changed one of them."""
        self._kept.clear()

    def build(self, case: Case) -> Built:
        """The torch arguments of `case`. Raises what torch raises where a base cannot be made."""
        shared: dict[int, torch.UntypedStorage] = {}
        bases: dict[str, Base] = {}
        args: list[Any] = []
        first = True
        keeps = not self.fresh and not case.storages
        for index, argument in enumerate(case.args):
            kind = type(argument)
            if kind is int or kind is bool:
                args.append(argument)
            elif first and keeps and (kept := self._kept.get(id(argument))) is not None:
                first = False
                args.append(kept[1])
                for base in kept[2]:
                    bases[base.name] = base
            elif kind in _BUILDERS:
                name = "self" if first else self._argument_name(case.operator, index)
                first = False
                args.append(self._tensor(argument, name, case, shared, bases))
            else:
                args.append(self._plain(argument))
        kwargs = {}
        for name, argument in case.kwargs:
            if type(argument) in _BUILDERS:
                kwargs[name] = self._tensor(argument, name, case, shared, bases)
            else:
                kwargs[name] = self._plain(argument)
        return Built(args, kwargs, bases)

    def _plain(self, argument: Any) -> Any:
        # The word `cpu` in a case means the operand's own device: a case's name does not depend on where it is run.
        kind = type(argument)
        if kind is str:
            return self.device if argument == "cpu" else WORDS.get(argument, argument)
        return list(argument) if kind is tuple else argument

    def _argument_name(self, operator: str, index: int) -> str:
        names = self._schema_names.get(operator)
        if names is None:
            names = [argument.name for argument in resolve(operator)._schema.arguments]
            self._schema_names[operator] = names
        return names[index]

    def _tensor(
        self, argument: Any, name: str, case: Case, shared: dict[int, torch.UntypedStorage], bases: dict[str, Base]
    ) -> Any:
        made: list[Base] = []
        value = _BUILDERS[type(argument)](self, argument, name, case, shared, made)
        if not case.storages and not self.fresh and name == "self":
            self._kept[id(argument)] = (argument, value, made)
        for base in made:
            bases[base.name] = base
        return value

    def strided(
        self, argument: TensorArgument, name: str, case: Case, shared: dict[int, torch.UntypedStorage], made: list[Base]
    ) -> torch.Tensor:
        """One strided tensor on a storage of its own, or on the case's shared one."""
        layout = argument.layout
        # Torch reads an operand of numbers on the host (`tensor_split` insists), a composite's indices on its device.
        device = "cpu" if argument.values is not None and "." not in name else self.device
        if argument.storage is None:
            storage = torch.UntypedStorage(layout.storage_bytes, device=device)
        else:
            if argument.storage not in shared:
                dtype, count = case.storages[argument.storage]
                shared[argument.storage] = torch.UntypedStorage(count * DTYPES[dtype].itemsize, device=self.device)
            storage = shared[argument.storage]
        tensor, root = _place(argument, storage, device)
        filled = argument.values is None and device != "meta"
        base = Base(name, tensor, root, storage, layout.dtype, storage.nbytes(), filled)
        if device != "meta" and argument.values is not None:
            _write_values(tensor, argument.values)
        made.append(base)
        return tensor

    def sparse(self, argument: SparseArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A sparse tensor on the given components, which it aliases."""
        indices = self.strided(argument.indices, f"{name}.indices", case, shared, made)
        plain = None
        if argument.plain_indices is not None:
            plain = self.strided(argument.plain_indices, f"{name}.plain_indices", case, shared, made)
        values = self.strided(argument.values, f"{name}.values", case, shared, made)
        if plain is None:
            return torch.sparse_coo_tensor(
                indices, values, argument.size, is_coalesced=argument.coalesced, check_invariants=False
            )
        return torch.sparse_compressed_tensor(
            indices, plain, values, argument.size, layout=WORDS[argument.kind], check_invariants=False
        )

    def nested(self, argument: NestedArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A nested tensor over its buffer, which it aliases."""
        buffer = self.strided(argument.buffer, f"{name}.buffer", case, shared, made)
        if argument.jagged:
            lengths = [size[0] for size in argument.sizes]
            offsets = torch.tensor([0, *_running_sums(lengths)], device=self.device)
            return torch.nested.nested_tensor_from_jagged(buffer, offsets)
        table = torch.tensor(argument.sizes, dtype=torch.int64)
        steps = torch.tensor(argument.strides, dtype=torch.int64)
        return torch._nested_view_from_buffer(buffer, table, steps, torch.tensor(argument.offsets, dtype=torch.int64))

    def dual(self, argument: DualArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A dual tensor at the current forward-mode level, or the plain primal where there is no tangent."""
        primal = self.strided(argument.primal, f"{name}.primal", case, shared, made)
        if argument.tangent is None:
            return primal
        tangent = self.strided(argument.tangent, f"{name}.tangent", case, shared, made)
        return torch._make_dual(primal, tangent, 0)


def _running_sums(lengths: list[int]) -> list[int]:
    total, sums = 0, []
    for length in lengths:
        total += length
        sums.append(total)
    return sums


_BUILDERS: dict[type, Any] = {
    TensorArgument: Builder.strided,
    SparseArgument: Builder.sparse,
    NestedArgument: Builder.nested,
    DualArgument: Builder.dual,
}


def build_case(case: Case, device: str) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of `case` on `device`, made anew."""
    built = Builder(device, fresh=True).build(case)
    return built.args, built.kwargs
