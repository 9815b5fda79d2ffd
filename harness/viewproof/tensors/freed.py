"""Overwrites memory that was freed, so that a tensor left on it by a wrong kernel does not look alive when it is read.

glibc overwrites what it frees itself once it is told to (`M_PERTURB`), all but what a thread keeps for itself: up to
seven blocks of each size up to a kilobyte, the last one freed first to be given again. Those are asked for, written and
freed. Torch's allocator aligns to 64 bytes, for which glibc makes a block up to 32 bytes larger than was asked for.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import torch

#: What is written: in every dtype unlike what a filling or a mark holds.
PATTERN = 0xA5
_M_PERTURB = -6
_LARGEST_KEPT = 1032
_SLACK = (0, 32)
#: Torch's own objects (a storage's takes 96 bytes, a tensor's 200) are freed after the memory that they hold.
_BLOCKS = 3


@cache
def _libc() -> Any:
    """glibc, told to overwrite what it frees; None where there is no such library."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.PyDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return None
    libc.strdup.restype, libc.strdup.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    # What is allocated holds the complement of this value until it is written, what was freed the value itself.
    return libc if libc.mallopt(_M_PERTURB, PATTERN) else None


@lru_cache(maxsize=2048)
def _rows(size: int) -> tuple[bytes, ...]:
    # `strdup` allocates one byte more than the text has, and writes it: one call instead of two.
    return tuple([bytes([PATTERN]) * (max(size, 1) + slack - 1) for slack in _SLACK] * _BLOCKS)


def overwrite_from_now_on() -> bool:
    """Have what this process frees from now on overwritten; whether its allocator does that. Once a process, early."""
    return _libc() is not None


def scribble(sizes: Iterable[int]) -> None:
    """Overwrite what was freed last of blocks of these sizes (bytes), on the host, by this thread.

    Where the allocator is not glibc's, blocks of torch's are made and written, which reaches what it is given again.
    """
    libc = _libc()
    if libc is None:
        made = [torch.UntypedStorage(size) for size in sizes for _ in range(4)]
        for storage in made:
            ctypes.memset(storage.data_ptr(), PATTERN, storage.nbytes())
        return
    strdup, free = libc.strdup, libc.free
    blocks = [strdup(row) for size in sizes if size <= _LARGEST_KEPT for row in _rows(size)]
    for block in blocks:
        free(block)
