"""Runs a sample's call once, and notes what it returned, on whose storage, and how its operands changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from viewproof.evidence.probe import Raised, raised
from viewproof.samples.build import BuiltSample, Operand
from viewproof.tensors.elements import with_bits_resolved
from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD, SPARSE, Unreadable, components
from viewproof.tensors.memory import cells_of, gather, reach
from viewproof.tensors.storage_bytes import bytes_of


class ReturnedTensor(NamedTuple):
    """One tensor that a call returned, or one component of a composite one.

    `number` is the return that it is, or is a part of. `shares` names the operand whose storage it lies on, if any, or
    that it is itself, on another storage by now;
    `beside` the earlier tensor (its place among all) on the same storage, -1 for none. `stride` and `offset` are in
    elements; `data` holds its elements, row-major, lazy bits resolved, nothing where there is no data or where they
    leave the storage.
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
    """One execution. `raised` is what torch raised in place of a result, None where it did not.

    `structure` spells what was returned, tensors as their layout and scalars as their type; `scalars` are theirs.
    `before` and `left` are the operands before and after, in the order of the arguments.
    """

    raised: Raised | None
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

    What torch raises is noted, and nothing else is caught. The default generator starts from one seed each time, and
    is put back.
    """
    storages = [operand.tensor.untyped_storage() for operand in built.operands]
    before = _left(built.operands, storages)
    state = torch.default_generator.get_state()
    torch.default_generator.manual_seed(0)
    try:
        with torch.no_grad():
            result = call(*built.args, **built.kwargs)
    except BaseException as error:  # noqa: BLE001  what torch raises is evidence
        return SampleRun(raised(error), "", (), (), before, before)
    finally:
        torch.default_generator.set_state(state)
    noted = _Noted(built.operands, storages)
    try:
        if several and isinstance(result, list | tuple):
            structure = f"({','.join([noted.note(one, number) for number, one in enumerate(result)])})"
        else:
            structure = noted.note(result, 0)
    except Unreadable as error:
        return SampleRun(raised(error), "", (), (), before, before)
    left = _left(built.operands, storages)
    return SampleRun(None, structure, tuple(noted.scalars), tuple(noted.tensors), before, left)


class _Noted:
    """Notes what a call returned, value by value."""

    def __init__(self, operands: list[Operand], storages: list[torch.UntypedStorage]) -> None:
        self.very = {id(operand.tensor): operand.name for operand in operands[::-1]}
        self.names = {
            storage._cdata: operand.name for operand, storage in zip(operands[::-1], storages[::-1], strict=True)
        }
        self.tensors: list[ReturnedTensor] = []
        self.scalars: list[Any] = []
        self.seen: dict[int, int] = {}

    def note(self, value: Any, number: int) -> str:
        """Note a value of return `number`, and give its structure. Raises Unreadable."""
        if isinstance(value, torch.Tensor):
            parts = [part for _, part in components(value)] if value.layout in SPARSE else [value]
            for part in parts:
                self.tensors.append(self._returned(part, number))
            return "nested" if value.is_nested else LAYOUT_WORD[value.layout]
        if isinstance(value, list | tuple):
            return f"[{','.join([self.note(one, number) for one in value])}]"
        if isinstance(value, bool | int | float | complex):
            self.scalars.append(value)
            return type(value).__name__
        return (
            str(value) if value is None or isinstance(value, str | torch.dtype | torch.device) else type(value).__name__
        )

    def _returned(self, tensor: torch.Tensor, number: int) -> ReturnedTensor:
        size = () if tensor.is_nested else tuple(tensor.shape)
        dtype, layout, device = DTYPE_WORD[tensor.dtype], LAYOUT_WORD[tensor.layout], tensor.device.type
        storage = _storage_of(tensor)
        if storage is None:
            return ReturnedTensor(number, size, (), 0, dtype, layout, device, "", "", -1, b"")
        place, key = len(self.tensors), int(storage._cdata)
        beside = self.seen.setdefault(key, place)
        shares = self.names.get(key, self.very.get(id(tensor), ""))
        return ReturnedTensor(
            number, size, tensor.stride(), int(tensor.storage_offset()), dtype, layout, device, _bits(tensor),
            shares, -1 if beside == place else beside, _read(tensor, storage),
        )  # fmt: skip


def _storage_of(tensor: torch.Tensor) -> torch.UntypedStorage | None:
    """A strided tensor's storage; None for one that has none, or is wrapped by a transform."""
    if tensor.layout is not torch.strided or tensor.is_nested:
        return None
    try:
        return tensor.untyped_storage()
    except NotImplementedError:
        return None


def _bits(tensor: torch.Tensor) -> str:
    return ("~conj" if tensor.is_conj() else "") + ("~neg" if tensor.is_neg() else "")


def _read(tensor: torch.Tensor, storage: torch.UntypedStorage) -> bytes:
    if tensor.device.type != "cpu" or not tensor.numel() or tensor._is_zerotensor():
        return b""
    geometry, width = (tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset())), tensor.element_size()
    if not 0 <= reach(geometry, width) <= storage.nbytes():
        return b""
    content = gather(cells_of(storage), geometry, width)
    return with_bits_resolved(content, DTYPE_WORD[tensor.dtype], tensor.is_conj(), tensor.is_neg())


def _left(operands: list[Operand], storages: list[torch.UntypedStorage]) -> tuple[OperandState, ...]:
    return tuple([
        OperandState(
            name, tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()),
            tensor.untyped_storage()._cdata != storage._cdata, DTYPE_WORD[tensor.dtype], _bits(tensor),
            bytes_of(storage) if storage.device.type == "cpu" else b"",
        )
        for (name, tensor), storage in zip(operands, storages, strict=True)
    ])  # fmt: skip
