"""Runs a sample's call once, and notes what it returned, on whose storage, and how its operands changed."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from viewproof.samples.build import BuiltSample, Operand
from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD, components


class ReturnedTensor(NamedTuple):
    """One tensor that a call returned, or one component of a composite one.

    `number` is the return that it is, or is a part of. `shares` names the operand whose storage it lies on, if any, or
    that it is itself, on another storage by now;
    `beside` the earlier tensor (its place among all) on the same storage, -1 for none. `stride` and `offset` are in
    elements; `data` holds its elements, row-major, lazy bits resolved, nothing where there is no data.
    """

    number: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: str
    layout: str
    device: str
    bits: str
    shares: str
    beside: int
    data: bytes


class OperandState(NamedTuple):
    """An operand after the call: its geometry, and the bytes of the storage that it lay on before it."""

    name: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    moved: bool
    dtype: str
    bits: str
    storage: bytes


class SampleRun(NamedTuple):
    """One execution. `error` is the exception's class, empty where there is none, and `message` its first line.

    `structure` spells what was returned, tensors as their layout and scalars as their type; `scalars` are theirs.
    `before` and `left` are the operands before and after, in the order of the arguments.
    """

    error: str
    message: str
    structure: str
    scalars: tuple[Any, ...]
    tensors: tuple[ReturnedTensor, ...]
    before: tuple[OperandState, ...]
    left: tuple[OperandState, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """The operands that are not as they were: the bytes of their storage, or their geometry."""
        return tuple([one.name for one, now in zip(self.before, self.left, strict=True) if one != now])


def run_sample(call: Callable[..., Any], built: BuiltSample, several: bool) -> SampleRun:
    """Make the call, note the result. `several`: the schema has several returns; else a sequence is one return.

    What torch raises is noted; the default generator starts from one seed each time.
    """
    storages = [operand.tensor.untyped_storage() for operand in built.operands]
    before = _left(built.operands, storages)
    torch.default_generator.manual_seed(0)
    try:
        with torch.no_grad():
            result = call(*built.args, **built.kwargs)
    except Exception as error:  # noqa: BLE001  what torch raises is the observation
        return SampleRun(type(error).__name__, str(error).partition("\n")[0], "", (), (), before, before)
    very = {id(operand.tensor): operand.name for operand in built.operands[::-1]}
    names = {
        storage._cdata: operand.name for operand, storage in zip(built.operands[::-1], storages[::-1], strict=True)
    }
    tensors: list[ReturnedTensor] = []
    scalars: list[Any] = []
    seen: dict[int, int] = {}

    def note(value: Any, number: int) -> str:
        if isinstance(value, torch.Tensor):
            for part in _parts(value):
                same = very.get(id(part), "")
                tensors.append(_returned(part, number, names, seen, place=len(tensors), same=same))
            return "nested" if value.is_nested else LAYOUT_WORD[value.layout]
        if isinstance(value, list | tuple):
            return f"[{','.join([note(one, number) for one in value])}]"
        if isinstance(value, bool | int | float | complex):
            scalars.append(value)
            return type(value).__name__
        return str(value)

    if several and isinstance(result, list | tuple):
        structure = f"({','.join([note(one, number) for number, one in enumerate(result)])})"
    else:
        structure = note(result, 0)
    return SampleRun("", "", structure, tuple(scalars), tuple(tensors), before, _left(built.operands, storages))


def _parts(tensor: torch.Tensor) -> list[torch.Tensor]:
    sparse = tensor.layout not in (torch.strided, torch.jagged, getattr(torch, "_mkldnn", None))
    return [part for _, part in components(tensor)] if sparse else [tensor]


def _returned(
    tensor: torch.Tensor, number: int, names: dict[int, str], seen: dict[int, int], *, place: int, same: str
) -> ReturnedTensor:
    size = () if tensor.is_nested else tuple(tensor.shape)
    dtype, layout, device = DTYPE_WORD[tensor.dtype], LAYOUT_WORD[tensor.layout], tensor.device.type
    storage = _storage_of(tensor)
    if storage is None:
        return ReturnedTensor(number, size, (), 0, dtype, layout, device, "", "", -1, b"")
    beside = seen.setdefault(storage, place)
    return ReturnedTensor(
        number, size, tensor.stride(), int(tensor.storage_offset()), dtype, layout, device, _bits(tensor),
        names.get(storage, same), -1 if beside == place else beside, _read(tensor),
    )  # fmt: skip


def _storage_of(tensor: torch.Tensor) -> int | None:
    """The identity of a strided tensor's storage; None for one that has none, or is wrapped by a transform."""
    if tensor.layout is not torch.strided or tensor.is_nested:
        return None
    try:
        return int(tensor.untyped_storage()._cdata)
    except NotImplementedError:
        return None


def _bits(tensor: torch.Tensor) -> str:
    return ("~conj" if tensor.is_conj() else "") + ("~neg" if tensor.is_neg() else "")


def _read(tensor: torch.Tensor) -> bytes:
    if tensor.is_meta or not tensor.numel() or tensor._is_zerotensor():
        return b""
    plain = tensor.detach()
    if plain.is_conj() or plain.is_neg():
        plain = _resolved(plain)
    plain = plain.contiguous()
    return ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size())


def _resolved(lazy: torch.Tensor) -> torch.Tensor:
    """The values of a lazily conjugated or negated tensor; the raw elements where torch cannot negate its dtype."""
    try:
        return lazy.resolve_conj().resolve_neg()
    except NotImplementedError:
        plain = torch.empty(0, dtype=lazy.dtype)
        return plain.set_(lazy.untyped_storage(), lazy.storage_offset(), lazy.shape, lazy.stride())


def _left(operands: list[Operand], storages: list[torch.UntypedStorage]) -> tuple[OperandState, ...]:
    return tuple([
        OperandState(
            name, tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()),
            tensor.untyped_storage()._cdata != storage._cdata, DTYPE_WORD[tensor.dtype], _bits(tensor),
            b"" if tensor.is_meta or not storage.nbytes() else ctypes.string_at(storage.data_ptr(), storage.nbytes()),
        )
        for (name, tensor), storage in zip(operands, storages, strict=True)
    ])  # fmt: skip
