"""The positions of a layout's elements in its storage, and the values read there; all read and write rules use it."""

from __future__ import annotations

from functools import lru_cache

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Size


def positions(layout: Layout) -> tuple[int, ...]:
    """The storage position (elements of the layout's dtype) of each element, in logical, row-major order."""
    return _positions(layout.size, layout.stride, layout.offset)


@lru_cache(maxsize=32768)
def _positions(size: Size, stride: Size, offset: int) -> tuple[int, ...]:
    found = [offset]
    for extent, step in zip(size, stride, strict=True):
        if step == 0:
            found = [start for start in found for _ in range(extent)]
        else:
            found = [start + index for start in found for index in range(0, extent * step, step)]
    return tuple(found)


@lru_cache(maxsize=32768)
def overlaps(layout: Layout) -> bool:
    """Whether two elements are at one position. Elements have one width, so they overlap entirely or not at all."""
    places = positions(layout)
    return len(set(places)) < len(places)


def needed_bytes(layout: Layout) -> int:
    """How many bytes of storage the layout reaches to: the end of its last element, 0 where it has no element."""
    last = layout.offset
    for extent, step in zip(layout.size, layout.stride, strict=True):
        if extent == 0:
            return 0
        last += (extent - 1) * step
    return (last + 1) * DTYPES[layout.dtype].itemsize


def touched_bytes(layout: Layout) -> set[int]:
    """The byte positions of the storage that the layout's elements cover."""
    width = DTYPES[layout.dtype].itemsize
    return {first * width + byte for first in set(positions(layout)) for byte in range(width)}


def _negated(cell: bytes, dtype: str) -> bytes:
    """The bytes of minus the element: the sign bit for floats (the top bit, little-endian), two's complement else."""
    row = DTYPES[dtype]
    if row.kind == "float":
        return cell[:-1] + bytes([cell[-1] ^ 0x80])
    value = int.from_bytes(cell, "little")
    return ((-value) % (1 << (8 * row.itemsize))).to_bytes(row.itemsize, "little")


def element_value(cell: bytes, layout: Layout) -> bytes:
    """The bytes that a reader of `layout` gets for an element stored as `cell`: conj and neg bits resolved."""
    if not (layout.conj or layout.neg):
        return cell
    row = DTYPES[layout.dtype]
    if row.real is None:
        return _negated(cell, layout.dtype) if layout.neg else cell
    half = row.itemsize // 2
    real, imaginary = cell[:half], cell[half:]
    if layout.neg:
        real = _negated(real, row.real)
    if layout.neg != layout.conj:
        imaginary = _negated(imaginary, row.real)
    return real + imaginary


def read_bytes(layout: Layout, storage: bytes) -> bytes:
    """The element values that a reader of the layout gets from `storage`, row-major, conj and neg bits resolved.

    Bytes are in the machine's order, little-endian. Raises IndexError where the layout leaves the storage.
    """
    width = DTYPES[layout.dtype].itemsize
    if needed_bytes(layout) > len(storage):
        raise IndexError(
            f"layout reads {needed_bytes(layout)} bytes, wanted at most {len(storage)}, the storage's size"
        )
    places = positions(layout)
    if not (layout.conj or layout.neg):
        if width == 1:
            return bytes([storage[place] for place in places])
        return b"".join([storage[place * width : place * width + width] for place in places])
    return b"".join([element_value(storage[place * width : place * width + width], layout) for place in places])
