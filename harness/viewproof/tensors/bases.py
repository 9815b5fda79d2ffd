"""Bases: one component of an operand with its storage, and the fillings (byte patterns) written to that storage."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from viewproof.tensors.fillings import fillings, marked

NO_CELLS = memoryview(bytearray())


def host_cells(address: int, count: int) -> memoryview:
    """A memory view of the `count` bytes at an address, read and written in place, ten times faster than by a C call.

    Valid for as long as the storage is there and is not resized.
    """
    return memoryview((ctypes.c_ubyte * count).from_address(address)).cast("B") if count else NO_CELLS


def metadata_of(tensor: torch.Tensor) -> tuple[Any, ...]:
    """Size, stride, offset, dtype, conj and neg bit."""
    return (
        tensor.size(), tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.is_conj(), tensor.is_neg(),
    )  # fmt: skip


@dataclass(slots=True)
class Base:
    """One component of an operand: its tensor, the storage that it lies on, and that storage's fillings.

    `root` is the tensor that autograd calls `_base`: the tensor itself, or the flat one that a `~view` base views.
    `filled` says whether positions may be written there (known values and index components may not). `address` is the
    storage's, in bytes, where it is on the host, and `cells` its bytes themselves. `other` is a base of the same
    geometry, once one was asked for.
    `metadata` is what the tensor was made with: size, stride, offset, dtype, conj and neg bit.
    """

    name: str
    tensor: torch.Tensor
    root: torch.Tensor
    storage: torch.UntypedStorage
    dtype: str
    storage_bytes: int
    filled: bool
    mark: torch.UntypedStorage | None = None
    address: int = 0
    cells: memoryview = NO_CELLS
    other: Base | None = None
    metadata: tuple[Any, ...] = ()

    def is_as_made(self) -> bool:
        """Whether the tensor still has the metadata that it was made with; its elements may differ."""
        return self.metadata == metadata_of(self.tensor)

    def is_untouched(self) -> bool:
        """Whether no call has changed more than elements: of the tensor and of `other`, on which views are replayed."""
        if self.other is not None and not self.other.is_untouched():
            return False
        on = self.tensor.untyped_storage()
        same = on._cdata == self.storage._cdata and on.nbytes() == self.storage_bytes
        return same and self.is_as_made()

    def bytes_view(self) -> torch.Tensor:
        """The storage as uint8, placed by `set_`."""
        flat = torch.empty(0, dtype=torch.uint8, device=self.storage.device)
        return flat.set_(self.storage, 0, (self.storage_bytes,), (1,))

    def fill(self, which: int, dtype: str | None = None) -> None:
        """Write filling number `which` for `dtype` (the base's own, if None) to the storage, device to device."""
        if self.storage_bytes:
            rows = _pristine(self.storage_bytes, dtype or self.dtype, self.storage.device.type)
            self.storage.copy_(rows[which], False)

    def fill_marked(self) -> None:
        """Write the filling on which writes through a view are detected."""
        if self.storage_bytes:
            if self.mark is None:
                self.mark = upload(marked(self.storage_bytes), self.storage.device.type)
            self.storage.copy_(self.mark, False)


def likeness(base: Base) -> Base:
    """Another base of the geometry of `base`'s root, on a storage of its own, made without the operators under test."""
    root = base.root
    storage = torch.UntypedStorage(base.storage_bytes, device=root.device)
    other = torch.empty(0, dtype=root.dtype, device=root.device)
    other.set_(storage, root.storage_offset(), root.size(), root.stride())
    if root.is_conj():
        torch._C._set_conj(other, True)
    if root.is_neg():
        torch._C._set_neg(other, True)
    made = Base(base.name, other, other, storage, base.dtype, base.storage_bytes, False)
    made.metadata = metadata_of(other)
    return made


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
