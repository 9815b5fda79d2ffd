"""Builds a case's real tensors without the operators under test: `set_` on a raw storage places every base."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.tensors.bases import Base, host_cells
from viewproof_reference.layout.dtypes import DTYPES

WORDS: dict[str, Any] = {
    name: value
    for name, value in vars(torch).items()
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)) and str(value) == f"torch.{name}"
}
#: The dtype words of the reference and torch's objects; a layout's word is looked up once an output.
DTYPE_OF: dict[str, torch.dtype] = {word: value for word, value in WORDS.items() if isinstance(value, torch.dtype)}


@dataclass(slots=True)
class BuiltCall:
    """A case's arguments, and its bases by name: `self`, `self.values`, `other`, ..."""

    args: list[Any]
    kwargs: dict[str, Any]
    bases: dict[str, Base]


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


@lru_cache(maxsize=4096)
def argument_names(operator: str) -> tuple[str, ...]:
    """The names of an overload's arguments, in the schema's order."""
    return tuple([argument.name for argument in resolve(operator)._schema.arguments])


def _keys(case: Case) -> list[tuple[Any, str]]:
    """The keys under which the tensors of a case are kept."""
    positional = zip(("self", *argument_names(case.operator)[1:]), case.args, strict=False)
    named = [*positional, *case.kwargs]
    for name, value in case.kwargs:
        if type(value) is tuple:
            named += [(f"{name}.{place}", one) for place, one in enumerate(value)]
    return [(id(one) if type(one) is TensorArgument else one, name) for name, one in named if type(one) in _BUILDERS]


KEPT_BASES = 20_000
"""How many bases a worker keeps for later chunks before it starts anew; one takes about two kilobytes."""

#: By device; the key is a strided argument's id, or a composite one itself (which costs less to compare than to build).
#: An entry holds the argument, which keeps its id its own, the tensor, and its bases by name.
_Kept = dict[tuple[Any, str], tuple[Any, Any, dict[str, Base]]]
#: The same entries of strided first operands, by id alone: the tensor and its bases. Most cases ask for no more.
Operands = dict[int, tuple[Any, dict[str, Base]]]
_KEPT: dict[str, tuple[_Kept, Operands]] = {}


@dataclass(slots=True)
class Builder:
    """Builds cases on one device, each base once a worker: a later case with the same argument object gets the same
    tensors, also in a later chunk. Storages are left unfilled; who reads them fills them.

    `fresh` turns that off, for operators that change their operand's metadata.
    """

    device: str
    fresh: bool = False
    _kept: _Kept = field(init=False)
    _operands: Operands = field(init=False)

    def __post_init__(self) -> None:
        self._kept, self._operands = _KEPT.setdefault(self.device, ({}, {}))
        if len(self._kept) > KEPT_BASES:
            self.forget()

    def forget(self) -> None:
        """Drop every base that is kept for later cases: something has changed one of them."""
        self._kept.clear()
        self._operands.clear()

    def drop(self, case: Case, *, changed: bool = False) -> bool:
        """Forget what is kept of the tensors of `case`: they are made anew. Returns whether there was any.

        With `changed`, only those of which a call changed more than elements: what a wrong kernel did to its operand
        must not reach the next call.
        """
        dropped = False
        for key, name in [] if self.fresh else _keys(case):
            kept = self._kept.get((key, name))
            if kept is None or (changed and all(base.is_untouched() for base in kept[2].values())):
                continue
            del self._kept[key, name]
            if name == "self":
                self._operands.pop(key, None)
            dropped = True
        return dropped

    @property
    def operands(self) -> Operands:
        """The strided first operands that are kept, a live mapping: a plain case needs no other tensor."""
        return {} if self.fresh else self._operands

    def build(self, case: Case) -> BuiltCall:
        """The torch arguments of `case`. Raises what torch raises where a base cannot be made."""
        self.drop(case, changed=True)
        known = self.arguments(case)
        if known is not None:
            return BuiltCall(known[0], {}, known[1])
        shared: dict[int, torch.UntypedStorage] = {}
        bases: dict[str, Base] = {}
        args: list[Any] = []
        for index, argument in enumerate(case.args):
            if type(argument) in _BUILDERS:
                name = "self" if index == 0 else argument_names(case.operator)[index]
                args.append(self._tensor(argument, name, case, shared, bases))
            else:
                args.append(self.plain(argument))
        kwargs = {}
        for name, argument in case.kwargs:
            if type(argument) in _BUILDERS:
                kwargs[name] = self._tensor(argument, name, case, shared, bases)
            elif type(argument) is tuple and argument and type(argument[0]) in _BUILDERS:
                named = enumerate(argument)
                kwargs[name] = [self._tensor(one, f"{name}.{place}", case, shared, bases) for place, one in named]
            else:
                kwargs[name] = self.plain(argument)
        return BuiltCall(args, kwargs, bases)

    def arguments(self, case: Case) -> tuple[list[Any], dict[str, Base]] | None:
        """The arguments and bases where every tensor is kept and none is a keyword: most cases. None for others."""
        kept = self._kept.get((id(case.args[0]), "self"))
        if kept is None or self.fresh or case.kwargs or case.storages:
            return None
        args = [*case.args]
        _, args[0], bases = kept
        for index in range(1, len(args)):
            argument = args[index]
            kind = type(argument)
            if kind is int:
                continue
            if kind is tuple:
                args[index] = [*argument]
            elif kind is str:
                args[index] = self.plain(argument)
            elif kind in _BUILDERS:
                other = self._kept.get((id(argument), argument_names(case.operator)[index]))
                if other is None:
                    return None
                args[index] = other[1]
                bases = {**bases, **other[2]}
        return args, bases

    def plain(self, argument: Any) -> Any:
        """An argument that is no tensor, as torch takes it."""
        # The word `cpu` in a case means the operand's own device: a case's name does not depend on where it is run.
        kind = type(argument)
        if kind is str:
            return self.device if argument == "cpu" else WORDS.get(argument, argument)
        return list(argument) if kind is tuple else argument

    def _tensor(
        self, argument: Any, name: str, case: Case, shared: dict[int, torch.UntypedStorage], bases: dict[str, Base]
    ) -> Any:
        made: list[Base] = []
        # What a call writes to is made anew: it may be resized. A dual tensor loses its tangent with its level.
        fresh = bool(case.storages) or self.fresh or name.startswith("out") or type(argument) is DualArgument
        key = id(argument) if type(argument) is TensorArgument else argument
        kept = None if fresh else self._kept.get((key, name))
        if kept is not None:
            bases.update(kept[2])
            return kept[1]
        value = _BUILDERS[type(argument)](self, argument, name, case, shared, made)
        named = {base.name: base for base in made}
        if not fresh:
            self._kept[key, name] = (argument, value, named)
            if name == "self" and type(argument) is TensorArgument:
                self._operands[key] = (value, named)
        bases.update(named)
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
        size, stride, offset, dtype, conj, neg, _ = layout
        base = Base(name, tensor, root, storage, dtype, storage.nbytes(), filled)
        base.metadata = size, stride, offset, WORDS[dtype], conj, neg
        if device == "cpu":
            base.address = storage.data_ptr()
            base.cells = host_cells(base.address, base.storage_bytes)
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
