"""Builds a case's real tensors on raw storages, without anything that can be replaced (tensors/bound.py).

What torch alone can make is asked of it, and read back: a view that autograd knows (`~view`), sparse, nested and dual
tensors. Where it refuses, or gives something else, the base is not made, and that is what was observed (BaseNotMade).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.errors import UsageError, first_line
from viewproof.tensors.bases import Base, metadata_of
from viewproof.tensors.bound import placed
from viewproof.tensors.facts import Unreadable, facts_of
from viewproof.tensors.numbers import encoded
from viewproof.tensors.storage_bytes import bytes_of, lay
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, contiguous_strides
from viewproof_reference.layout.positions import element_value, positions

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


class BaseNotMade(Exception):
    """Raised where torch does not make the base that a case asks for: it raised `error`, or gave something else.

    It says nothing of viewproof: what torch was asked for may rest on the very kernel under test.
    """

    def __init__(self, text: str, error: BaseException | None = None) -> None:
        super().__init__(text)
        self.error = error


def _asked_of_torch(what: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except BaseException as error:  # what torch raises is what was observed of it
        raise BaseNotMade(f"{what}: torch raised {type(error).__name__}: {first_line(error)}", error) from error


def _want(what: str, wanted: tuple[Any, ...], read: Callable[[], tuple[Any, ...]]) -> None:
    """Raise BaseNotMade unless what is read of what torch gave is as wanted."""
    try:
        with torch._C.DisableTorchFunctionSubclass():
            got = read()
    except BaseException as error:  # what is no tensor has no size, a tensor of another kind no strides and no storage
        raise BaseNotMade(
            f"{what}: wanted {wanted}, got a {type(error).__name__}: {first_line(error)}", error
        ) from error
    if got != wanted:
        raise BaseNotMade(f"{what}: wanted {wanted}, got {got}")


def _view_of(root: torch.Tensor, layout: Layout, dtype: torch.dtype, what: str) -> torch.Tensor:
    """A view of a flat root that autograd knows, without lazy bits: what `as_strided` gives, read back."""
    tensor: torch.Tensor = _asked_of_torch(what, root.as_strided, layout.size, layout.stride, layout.offset)
    wanted = (
        (torch.Tensor, torch.strided), (layout.size, layout.stride, layout.offset, dtype, False, False),
        "a view of the root", "on its storage", root.requires_grad,
    )  # fmt: skip
    _want(what, wanted, lambda: (
        (type(tensor), tensor.layout), metadata_of(tensor),
        "a view of the root" if tensor is not root and tensor._base is root else "none of the root",
        "on its storage" if tensor.untyped_storage() is root.untyped_storage() else "on another",
        tensor.requires_grad,
    ))  # fmt: skip
    return tensor


def _place(argument: TensorArgument, storage: torch.UntypedStorage, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The tensor and its root. Raises BaseNotMade where autograd's view of the root is not made."""
    layout = argument.layout
    dtype = WORDS[layout.dtype]
    grad = "grad" in argument.flags
    if "view" in argument.flags:
        root = placed(storage, dtype, (layout.storage_bytes // dtype.itemsize,), (1,), 0)
        if grad:
            root.requires_grad_()
        tensor = _view_of(root, layout, dtype, f"{name} as a view of its storage")
    else:
        root = tensor = placed(storage, dtype, layout.size, layout.stride, layout.offset)
    if layout.conj:
        torch._C._set_conj(tensor, True)
    if layout.neg:
        torch._C._set_neg(tensor, True)
    if grad and tensor is root:
        tensor.requires_grad_()
    return tensor, root


def _write_values(storage: torch.UntypedStorage, layout: Layout, values: tuple[int, ...]) -> None:
    """Write known values, as a reader of the layout sees them, and leave the rest of the storage as it is."""
    content = bytearray(bytes_of(storage))
    width = DTYPES[layout.dtype].itemsize
    for place, value in zip(positions(layout), values, strict=True):
        # A lazy bit undoes itself: what a reader gets of the number is what is stored for it to get the number.
        content[place * width : (place + 1) * width] = element_value(encoded(value, layout.dtype), layout)
    lay(storage, bytes(content))


def _holds_values(storage: torch.UntypedStorage, argument: TensorArgument) -> bool:
    """Whether the values that are known of a tensor are still there."""
    layout, content = argument.layout, bytes_of(storage)
    width = DTYPES[layout.dtype].itemsize
    return all(
        content[place * width : (place + 1) * width] == element_value(encoded(value, layout.dtype), layout)
        for place, value in zip(positions(layout), argument.values or (), strict=True)
    )


def _same_bytes(base: Base, other: Base) -> bool:
    """Whether two components of known values hold the same; on meta there are none."""
    return base.storage.device.type == "meta" or base.content() == other.content()


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
#: Where nothing that places a tensor can have been replaced, so that nothing need be read back.
_BOUND = frozenset({"cpu", "meta"})


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

    def has_changed(self, case: Case) -> bool:
        """Whether a call has changed anything that is kept of the tensors of `case`: compared with others, made anew.

        Positions do not count, which are written before each reading. Known values, and the components of a composite
        tensor that torch made of them, do.
        """
        for key, name in [] if self.fresh else _keys(case):
            kept = self._kept.get((key, name))
            if kept is None:
                continue
            argument, value, bases = kept
            if not all(base.is_untouched() for base in bases.values()):
                return True
            if type(argument) is TensorArgument:
                if argument.values is not None and not _holds_values(bases[name].storage, argument):
                    return True
            elif not self._is_like_new(argument, value, bases, name, case):
                return True
        return False

    def _is_like_new(self, argument: Any, value: Any, bases: dict[str, Base], name: str, case: Case) -> bool:
        made: list[Base] = []
        try:
            new = _BUILDERS[type(argument)](self, argument, name, case, {}, made)
            if facts_of(new) != facts_of(value):
                return False
        except (BaseNotMade, Unreadable, RuntimeError, TypeError, AttributeError):
            return False  # what was made once, and cannot be made or read now, is not what it was
        return all(base.filled or _same_bytes(base, bases[base.name]) for base in made)

    @property
    def operands(self) -> Operands:
        """The strided first operands that are kept, a live mapping: a plain case needs no other tensor."""
        return {} if self.fresh else self._operands

    def operand(self, argument: TensorArgument) -> tuple[Any, dict[str, Base]]:
        """A strided first operand on a storage of its own, and its bases by name: kept, or made and kept.

        Raises BaseNotMade.
        """
        key = id(argument)
        kept = self._operands.get(key)
        if kept is None:
            made: list[Base] = []
            tensor = self.strided(argument, "self", None, {}, made)
            kept = self._operands[key] = tensor, {"self": made[0]}
            self._kept[key, "self"] = argument, *kept
        return kept

    def build(self, case: Case) -> BuiltCall:
        """The torch arguments of `case`. Raises BaseNotMade where torch does not make what only it can."""
        self.drop(case, changed=True)
        known = self.arguments(case)
        if known is not None:
            return BuiltCall(*known)
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

    def arguments(self, case: Case) -> tuple[list[Any], dict[str, Any], dict[str, Base]] | None:
        """The arguments and bases where every tensor is kept and none is a keyword: most cases. None for others."""
        if self.fresh or case.storages:
            return None
        first = case.args[0]
        kept = self._kept.get((id(first) if type(first) is TensorArgument else first, "self"))
        if kept is None:
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
                name = argument_names(case.operator)[index]
                other = self._kept.get((id(argument) if kind is TensorArgument else argument, name))
                if other is None:
                    return None
                args[index] = other[1]
                bases = {**bases, **other[2]}
        if not case.kwargs:
            return args, {}, bases
        kwargs: dict[str, Any] = {}
        for name, value in case.kwargs:
            kind = type(value)
            if kind in _BUILDERS or (kind is tuple and value and type(value[0]) in _BUILDERS):
                return None
            kwargs[name] = self.plain(value)
        return args, kwargs, bases

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
        self,
        argument: TensorArgument,
        name: str,
        case: Case | None,
        shared: dict[int, torch.UntypedStorage],
        made: list[Base],
    ) -> torch.Tensor:
        """One strided tensor on a storage of its own, or on the case's shared one."""
        layout = argument.layout
        # Torch reads an operand of numbers on the host (`tensor_split` insists), a composite's indices on its device.
        device = "cpu" if argument.values is not None and "." not in name else self.device
        if argument.storage is None:
            storage = torch.UntypedStorage(layout.storage_bytes, device=device)
        else:
            assert case is not None, "a shared storage is declared by a case"
            if argument.storage not in shared:
                dtype, count = case.storages[argument.storage]
                shared[argument.storage] = torch.UntypedStorage(count * DTYPES[dtype].itemsize, device=self.device)
            storage = shared[argument.storage]
        tensor, root = _place(argument, storage, name)
        filled = argument.values is None and device != "meta"
        size, stride, offset, dtype, conj, neg, _ = layout
        base = Base(name, tensor, root, storage, dtype, storage.nbytes(), filled)
        base.metadata = size, stride, offset, WORDS[dtype], conj, neg
        base.requires_grad = "grad" in argument.flags
        base.note_address()
        if device not in _BOUND and not base.is_as_made():
            _want(f"{name} on its storage", base.metadata, lambda: metadata_of(tensor))
            raise BaseNotMade(
                f"{name} on its storage: wanted a plain tensor on it, got {type(tensor).__name__} elsewhere"
            )
        if device != "meta" and argument.values is not None:
            _write_values(storage, layout, argument.values)
        made.append(base)
        return tensor

    def sparse(self, argument: SparseArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A sparse tensor on the given components, which it aliases."""
        indices = self.strided(argument.indices, f"{name}.indices", case, shared, made)
        plain = None
        if argument.plain_indices is not None:
            plain = self.strided(argument.plain_indices, f"{name}.plain_indices", case, shared, made)
        values = self.strided(argument.values, f"{name}.values", case, shared, made)
        what = f"{name} as {argument.kind}"
        tensor: torch.Tensor
        if plain is None:
            tensor = _asked_of_torch(
                what, torch.sparse_coo_tensor, indices, values, argument.size,
                is_coalesced=argument.coalesced, check_invariants=False,
            )  # fmt: skip
        else:
            tensor = _asked_of_torch(
                what, torch.sparse_compressed_tensor, indices, plain, values, argument.size,
                layout=WORDS[argument.kind], check_invariants=False,
            )  # fmt: skip
        wanted = torch.Tensor, WORDS[argument.kind], argument.size, values.dtype, values.device
        _want(what, wanted, lambda: (type(tensor), tensor.layout, tensor.size(), tensor.dtype, tensor.device))
        return tensor

    def nested(self, argument: NestedArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A nested tensor over its buffer, which it aliases."""
        buffer = self.strided(argument.buffer, f"{name}.buffer", case, shared, made)
        tensor: torch.Tensor
        if argument.jagged:
            lengths = [size[0] for size in argument.sizes]
            offsets = _numbers([0, *_running_sums(lengths)], (len(lengths) + 1,), self.device)
            what = f"{name} as a jagged tensor"
            tensor = _asked_of_torch(what, torch.nested.nested_tensor_from_jagged, buffer, offsets)
            wanted: tuple[Any, ...] = ("NestedTensor", True, torch.jagged)
        else:
            what = f"{name} as a nested tensor"
            table, steps = _table(argument.sizes), _table(argument.strides)
            offsets = _numbers(argument.offsets, (len(argument.offsets),), "cpu")
            tensor = _asked_of_torch(what, torch._nested_view_from_buffer, buffer, table, steps, offsets)
            wanted = ("Tensor", True, torch.strided)
        _want(what, (*wanted, buffer.dtype, buffer.device), lambda: (
            type(tensor).__name__, tensor.is_nested, tensor.layout, tensor.dtype, tensor.device,
        ))  # fmt: skip
        return tensor

    def dual(self, argument: DualArgument, name: str, case: Case, shared: Any, made: list[Base]) -> torch.Tensor:
        """A dual tensor at the current forward-mode level, or the plain primal where there is no tangent."""
        primal = self.strided(argument.primal, f"{name}.primal", case, shared, made)
        if argument.tangent is None:
            return primal
        tangent = self.strided(argument.tangent, f"{name}.tangent", case, shared, made)
        what = f"{name} as a dual tensor"
        tensor: torch.Tensor = _asked_of_torch(what, torch._make_dual, primal, tangent, 0)
        wanted = torch.Tensor, metadata_of(primal), True
        _want(what, wanted, lambda: (
            type(tensor), metadata_of(tensor), tensor.untyped_storage() is primal.untyped_storage(),
        ))  # fmt: skip
        return tensor


def _table(rows: tuple[tuple[int, ...], ...]) -> torch.Tensor:
    """One row a component. Raises UsageError where components have different numbers of dimensions: torch has none."""
    ranks = {len(row) for row in rows}
    if len(ranks) > 1:
        raise UsageError(f"the components of a nested tensor have one number of dimensions, got {sorted(ranks)}")
    return _numbers([extent for row in rows for extent in row], (len(rows), *ranks), "cpu")


def _numbers(numbers: Sequence[int], size: tuple[int, ...], device: str) -> torch.Tensor:
    """A row-major int64 tensor of what torch reads as numbers: a nested tensor's sizes, strides and offsets."""
    content = b"".join([number.to_bytes(8, "little", signed=True) for number in numbers])
    storage = torch.UntypedStorage(len(content), device=device)
    if device != "meta":
        lay(storage, content)
    return placed(storage, torch.int64, size, contiguous_strides(size), 0)


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
