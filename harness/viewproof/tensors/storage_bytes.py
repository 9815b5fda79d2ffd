"""The bytes of storages, read and written without a kernel on the host, and by copies of whole storages elsewhere."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import torch

from viewproof.tensors.bound import copy_storage, placed

#: Sizes, in bytes, at which copying is tried: nothing, less than a word, and beyond a page and a megabyte.
TRIED_SIZES = (0, 1, 3, 64, 4097, (1 << 20) + 1)
PAGE_BYTES = 1 << 20
_ALIGNMENT = 64


class Unreadable(ValueError):
    """Raised where a storage says that it has bytes and has no memory, as one of a tensor without data does."""


def on_host(storage: torch.UntypedStorage) -> bool:
    """Whether the host reads and writes the storage's memory by its address."""
    return storage.device.type == "cpu"


def address_of(storage: torch.UntypedStorage) -> int:
    """The address of a storage on the host; 0 where it has no bytes. Raises Unreadable where it has no memory."""
    try:
        address = storage.data_ptr()
    except RuntimeError as error:
        raise Unreadable(f"a storage of {storage.nbytes()} bytes: {error}") from error
    if address == 0 and storage.nbytes():
        raise Unreadable(f"a storage of {storage.nbytes()} bytes has no memory")
    return address


def bytes_of(storage: torch.UntypedStorage) -> bytes:
    """All bytes of a storage: by address on the host, by one copy of the whole elsewhere.

    Raises Unreadable where the storage has no memory, and what torch raises where a device cannot copy.
    """
    count = storage.nbytes()
    if count == 0:
        return b""
    if not on_host(storage):
        here = torch.UntypedStorage(count)
        copy_storage(here, storage)
        storage = here
    return ctypes.string_at(address_of(storage), count)


def lay(storage: torch.UntypedStorage, content: bytes) -> None:
    """Write all bytes of a storage. Raises as `bytes_of` does, and ValueError where it does not have as many bytes."""
    count = storage.nbytes()
    if count != len(content):
        raise ValueError(f"a storage of {len(content)} bytes was to be written, and it has {count}")
    if count == 0:
        return
    if on_host(storage):
        ctypes.memmove(address_of(storage), content, count)
    else:
        copy_storage(storage, upload(content, "cpu"))


def upload(content: bytes, device: str) -> torch.UntypedStorage:
    """A storage on `device` that holds `content`."""
    there = torch.UntypedStorage(len(content), device=device)
    lay(there, content)
    return there


class Snapshots:
    """Takes the bytes of storages as they are now, and delivers them at `flush`.

    On the host they are delivered at once. On a device they are gathered in its own memory, so that a flush costs one
    copy to the host for each page of a megabyte.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self._host = torch.device(device).type == "cpu"
        self._pages: list[torch.UntypedStorage] = []
        self._used = PAGE_BYTES
        self._tickets: list[tuple[list[Any], int, int, int, int]] = []

    def take(self, storage: torch.UntypedStorage, into: list[Any]) -> None:
        """Append the storage's bytes to `into`; on a device an empty `bytes` stands there until `flush`."""
        count = storage.nbytes()
        if self._host or count == 0 or count > PAGE_BYTES // 4:
            into.append(bytes_of(storage))
            return
        if self._used + count > PAGE_BYTES:
            self._pages.append(torch.UntypedStorage(PAGE_BYTES, device=self.device))
            self._used = 0
        copy_storage(self._pages[-1], storage, at=self._used)
        self._tickets.append((into, len(into), len(self._pages) - 1, self._used, count))
        into.append(b"")
        self._used += (count + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT

    def flush(self) -> None:
        """Deliver everything taken since the last flush."""
        homes = [bytes_of(page) for page in self._pages] if self._tickets else []
        for into, index, page, start, count in self._tickets:
            into[index] = homes[page][start : start + count]
        self._tickets.clear()
        if self._pages:
            self._pages = self._pages[-1:]
            self._used = 0


def _patterns(count: int) -> list[bytes]:
    # 251 is prime, so that no power of two hides a shift; the last differs from the first in every byte.
    rising = (bytes(range(251)) * (count // 251 + 1))[:count]
    return [
        rising,
        b"\xff" * count,
        bytes(count),
        bytes([255 - value for value in range(251)] * (count // 251 + 1))[:count],
    ]


def _difference(wanted: bytes, got: bytes) -> str:
    if len(wanted) != len(got):
        return f"wanted {len(wanted)} bytes, got {len(got)}"
    place = next(place for place, (one, other) in enumerate(zip(wanted, got, strict=True)) if one != other)
    return f"at byte {place} wanted {wanted[place]:#04x}, got {got[place]:#04x}"


def trial_of_copying(
    device: str, *, read: Callable[[torch.UntypedStorage], bytes] = bytes_of, write: Callable[..., None] = lay
) -> str | None:
    """Try what is trusted on a device: copies of whole storages to it, on it and back. None where they are right.

    Else one line that says what went wrong, with what was wanted and what was got. Patterns of several sizes are
    written over each other on two storages, of which the one not written must keep what it has.
    """
    for count in TRIED_SIZES:
        what = f"copying {count} bytes to {device} and back"
        try:
            first, second = (torch.UntypedStorage(count, device=device) for _ in range(2))
            if first.nbytes() != count:
                return f"{what}: wanted a storage of {count} bytes, got one of {first.nbytes()}"
            patterns = _patterns(count)
            write(second, patterns[-1])
            for pattern in patterns:
                write(first, pattern)
                if (got := read(first)) != pattern:
                    return f"{what}: {_difference(pattern, got)}"
                if (got := read(second)) != patterns[-1]:
                    return f"{what} changed another storage: {_difference(patterns[-1], got)}"
            write(second, patterns[0])
            copy_storage(second, first)
            write(first, patterns[0])
            if (got := read(second)) != patterns[-1]:
                return f"copying {count} bytes on {device}: {_difference(patterns[-1], got)}"
        except Exception as error:  # noqa: BLE001 -- torch's copies are what is tried, and this is the answer
            lines = str(error).splitlines() or [""]
            return f"{what}: wanted a copy, got {type(error).__name__}: {lines[0]}"
    return None


def sent(content: bytes, dtype: torch.dtype, size: tuple[int, ...], device: str) -> torch.Tensor:
    """A row-major tensor on a device without storages, by `to`, the one thing that is trusted there."""
    strides = []
    step = 1
    for extent in reversed(size):
        strides.append(step)
        step *= max(extent, 1)
    return placed(upload(content, "cpu"), dtype, size, tuple(reversed(strides)), 0).to(device)


def fetched(tensor: torch.Tensor) -> bytes:
    """The elements of a tensor on a device without storages, row-major, by `cpu` of it.

    Raises Unreadable where what comes back is no dense row-major tensor on the host.
    """
    here = tensor.cpu()
    if type(here) is not torch.Tensor or here.device.type != "cpu" or here.layout is not torch.strided:
        raise Unreadable(
            f"wanted a dense tensor on the host, got {type(here).__name__} on {here.device}, {here.layout}"
        )
    if not here.is_contiguous():
        raise Unreadable(f"wanted a row-major tensor on the host, got size {[*here.size()]}, stride {[*here.stride()]}")
    start, count = here.storage_offset() * here.element_size(), here.numel() * here.element_size()
    return bytes_of(here.untyped_storage())[start : start + count]
