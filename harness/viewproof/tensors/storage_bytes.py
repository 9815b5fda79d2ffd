"""The bytes of storages."""

from __future__ import annotations

import ctypes

import torch


def bytes_of(storage: torch.UntypedStorage) -> bytes:
    """The content of a storage."""
    here = storage if storage.device.type == "cpu" else storage.cpu()
    return ctypes.string_at(here.data_ptr(), here.nbytes()) if here.nbytes() else b""


def lay(storage: torch.UntypedStorage, content: bytes) -> None:
    """Write a storage's whole content."""
    if content:
        storage.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8).untyped_storage(), False)
