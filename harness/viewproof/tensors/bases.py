"""Bases: one component of an operand with its storage, and the fillings (byte patterns) written to that storage."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from viewproof.tensors.bound import copy_storage, placed
from viewproof.tensors.fillings import fillings, marked
from viewproof.tensors.storage_bytes import bytes_of, lay, on_host, upload

__all__ = ["Base", "host_cells", "likeness", "metadata_of", "upload"]

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
    storage's, in bytes, where it is on the host. `other` is a base of the same geometry, once one was asked for.
    `metadata` is what the tensor was made with: size, stride, offset, dtype, conj and neg bit; `requires_grad` too.

    A tensor's `untyped_storage()` is the very object `storage` for as long as it lies on it.
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
    other: Base | None = None
    metadata: tuple[Any, ...] = ()
    requires_grad: bool = False
    _cells: memoryview | None = None

    def note_address(self) -> None:
        """Note where the storage is, if it is on the host."""
        if self.storage_bytes and on_host(self.storage):
            self.address = self.storage.data_ptr()

    @property
    def cells(self) -> memoryview:
        """The bytes of the storage themselves, where its address is noted; else none."""
        if self._cells is None:
            self._cells = host_cells(self.address, self.storage_bytes) if self.address else NO_CELLS
        return self._cells

    def is_as_made(self) -> bool:
        """Whether no call has changed more of the tensor than its elements.

        Its class and metadata, whether autograd records it, what it is a view of; that it lies on the very storage that
        it was made on, and that this has as many bytes, on the host at the same address. Never raises.
        """
        tensor, storage = self.tensor, self.storage
        try:
            return (
                tensor.untyped_storage() is storage
                and storage.nbytes() == self.storage_bytes
                and self.metadata == metadata_of(tensor)
                and tensor.requires_grad is self.requires_grad
                and (tensor._base is self.root or self.root is tensor)
                and type(tensor) is torch.Tensor
                and (not self.address or storage.data_ptr() == self.address)
            )
        except RuntimeError:  # what has become another kind of tensor has no strides, or no storage
            return False

    def is_untouched(self) -> bool:
        """`is_as_made`, of the tensor and of `other`, on which views are replayed."""
        return (self.other is None or self.other.is_untouched()) and self.is_as_made()

    def keeps_storage(self) -> bool:
        """Whether the tensor lies on the storage that it was made on, and that has as many bytes as it had then.

        On the host also whether it is where it was, without which `cells` must not be touched. Never raises.
        """
        storage = self.storage
        try:
            same = self.tensor.untyped_storage() is storage
        except RuntimeError:  # a kind of tensor that has no storage
            return False
        return (
            same and storage.nbytes() == self.storage_bytes and (not self.address or storage.data_ptr() == self.address)
        )

    def bytes_view(self) -> torch.Tensor:
        """The storage as uint8."""
        return placed(self.storage, torch.uint8, (self.storage_bytes,), (1,), 0)

    def content(self) -> bytes:
        """The bytes of the storage as it is now. Raises as `bytes_of` does."""
        return bytes_of(self.storage)

    def fill(self, which: int, dtype: str | None = None) -> None:
        """Write filling number `which` for `dtype` (the base's own, if None) to the storage, device to device.

        Raises ValueError where the storage no longer has the bytes that it was made with.
        """
        if self.storage_bytes:
            self._lay(fillings(self.storage_bytes, dtype or self.dtype)[which])

    def fill_marked(self) -> None:
        """Write the filling on which writes through a view are detected; raises as `fill` does."""
        if self.storage_bytes:
            self._lay(marked(self.storage_bytes))

    def _lay(self, content: bytes) -> None:
        if on_host(self.storage) or self.storage.nbytes() != len(content):
            lay(self.storage, content)
        else:
            copy_storage(self.storage, _on_device(content, str(self.storage.device)))


@lru_cache(maxsize=1024)
def _on_device(content: bytes, device: str) -> torch.UntypedStorage:
    """A pattern kept on a device, of which storages there are filled; never written."""
    return upload(content, device)


def likeness(base: Base) -> Base:
    """Another base of the geometry of `base`'s root as it was made, on a storage of its own."""
    storage = torch.UntypedStorage(base.storage_bytes, device=base.storage.device)
    size, stride, offset, dtype, conj, neg = base.metadata
    if base.root is not base.tensor:
        size, stride, offset, conj, neg = (base.storage_bytes // dtype.itemsize,), (1,), 0, False, False
    other = placed(storage, dtype, size, stride, offset)
    if conj:
        torch._C._set_conj(other, True)
    if neg:
        torch._C._set_neg(other, True)
    made = Base(base.name, other, other, storage, base.dtype, base.storage_bytes, False)
    made.metadata = size, stride, offset, dtype, conj, neg
    made.note_address()
    return made
