"""Elements read and written where they lie, by address and stride, without an operator of torch's.

On the host a storage's bytes are read in place. On another device the whole storage is copied, which is the one thing
that is trusted there.
"""

from __future__ import annotations

from typing import Any

import numpy
import torch

from viewproof.tensors.bases import NO_CELLS, host_cells
from viewproof.tensors.storage_bytes import address_of, bytes_of, lay

Geometry = tuple[tuple[int, ...], tuple[int, ...], int]
"""Size, stride and offset, in elements."""


def cells_of(storage: torch.UntypedStorage) -> memoryview:
    """The bytes of a storage: themselves on the host, where writing to them writes it; elsewhere a copy.

    Raises storage_bytes.Unreadable where there is no memory.
    """
    if storage.device.type != "cpu":
        return memoryview(bytearray(bytes_of(storage)))
    count = storage.nbytes()
    return host_cells(address_of(storage), count) if count else NO_CELLS


def keep(storage: torch.UntypedStorage, cells: memoryview) -> None:
    """Write the cells of a storage back where they are a copy."""
    if storage.device.type != "cpu":
        lay(storage, bytes(cells))


def reach(geometry: Geometry, width: int) -> int:
    """The bytes of storage that elements of `width` bytes reach to, 0 where there are none; -1 below the start."""
    size, stride, last = geometry
    if last < 0:
        return -1
    for extent, step in zip(size, stride, strict=True):
        if extent == 0:
            return 0
        last += (extent - 1) * step
    return (last + 1) * width


def _array(cells: memoryview, geometry: Geometry, width: int) -> numpy.ndarray[Any, Any]:
    """The elements as an array of numpy's, each a row of its bytes."""
    size, stride, offset = geometry
    try:
        return numpy.ndarray((*size, width), "u1", cells, offset * width, (*[step * width for step in stride], 1))
    except (ValueError, OverflowError):
        # Numpy has fewer dimensions, and no stride that leads out of memory, where one element is all that there is.
        kept = [(extent, step) for extent, step in zip(size, stride, strict=True) if extent != 1]
        size, stride = tuple([extent for extent, _ in kept]), tuple([step for _, step in kept])
        return numpy.ndarray((*size, width), "u1", cells, offset * width, (*[step * width for step in stride], 1))


def gather(cells: memoryview, geometry: Geometry, width: int) -> bytes:
    """The bytes of the elements, row-major. They must lie within the cells (`reach`)."""
    size, stride, offset = geometry
    if 0 in size:
        return b""
    try:
        return numpy.ndarray(
            size, f"V{width}", cells, offset * width, [step * width for step in stride]
        ).tobytes()  # fmt: skip
    except (ValueError, OverflowError):
        return _array(cells, geometry, width).tobytes()


def zero(cells: memoryview, geometry: Geometry, width: int) -> None:
    """Write zeros to the elements. They must lie within the cells (`reach`)."""
    if 0 not in geometry[0]:
        _array(cells, geometry, width).fill(0)


def starts(geometry: Geometry, width: int) -> list[int]:
    """The byte at which each element begins, row-major."""
    size, stride, offset = geometry
    found = [offset * width]
    for extent, step in zip(size, stride, strict=True):
        found = [start + place * step * width for start in found for place in range(extent)]
    return found
