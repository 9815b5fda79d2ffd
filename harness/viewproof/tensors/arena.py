"""Gathers what is read from tensors in device memory, and copies it to the host once a chunk."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from viewproof_reference.layout.model import contiguous_strides

PAGE_BYTES = 1 << 20
_ALIGNMENT = 16


class Arena:
    """Device memory that takes copies of what is read; `flush` brings them to the host and delivers their bytes.

    One flush costs one device-to-host copy for each page of a megabyte: one copy for all but the largest chunks.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self._pages: list[torch.UntypedStorage] = []
        self._used = PAGE_BYTES
        self._tickets: list[tuple[list[Any], int, int, int, int]] = []

    def _place(self, count: int) -> tuple[torch.UntypedStorage, int]:
        if self._used + count > PAGE_BYTES:
            self._pages.append(torch.UntypedStorage(max(PAGE_BYTES, count), device=self.device))
            self._used = 0
        start = self._used
        self._used = start + (count + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
        return self._pages[-1], start

    def read(self, tensor: torch.Tensor, into: list[Any]) -> None:
        """Copy the tensor's elements, row-major, and append their bytes to `into` at the next flush."""
        width = tensor.element_size()
        count = tensor.numel() * width
        index = len(into)
        into.append(b"")
        if count == 0:
            return
        page, start = self._place(count)
        slot = torch.empty(0, dtype=tensor.dtype, device=self.device)
        slot.set_(page, start // width, tensor.size(), contiguous_strides(tensor.size()))
        slot.copy_(tensor)
        self._tickets.append((into, index, len(self._pages) - 1, start, count))

    def forget(self, into: list[Any], start: int) -> None:
        """Drop the pending reads for `into` from index `start` on."""
        self._tickets = [one for one in self._tickets if one[0] is not into or one[1] < start]

    def flush(self) -> None:
        """Deliver every read since the last flush."""
        homes = [page.cpu() if self.device != "cpu" else page for page in self._pages]
        for into, index, page, start, count in self._tickets:
            into[index] = ctypes.string_at(homes[page].data_ptr() + start, count)
        self._tickets.clear()
        if self._pages:
            self._pages = self._pages[-1:]
            self._used = 0
