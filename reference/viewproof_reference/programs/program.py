"""Runs a mutating program on bytes: what each of its reads gives, and what its storages hold afterwards. No torch.

The program takes its views `v0 .. vn` of a base `x`, writes each of them in turn, reads the base and the views, writes
the base, and reads the views again. A write changes the storage at the positions of the written tensor and at no other;
a read gives what the storage holds at the reader's positions at that moment. Functionalization has to keep just these
semantics, whatever it replaces views and mutations by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, Size, contiguous_strides, element_count
from viewproof_reference.layout.positions import needed_bytes, positions, read_bytes


class ProgramBytes(NamedTuple):
    """The bytes that the program writes and must read; element bytes are row-major, lazy bits resolved.

    `writes` are the elements that went through each view (for a view that overlaps itself, of its one constant),
    `base_write` those that were written to the base. `base` is the base read after the views were written, `views`
    each view then, `later` each view after the base was written. `storage` is the input's whole storage at the end.
    """

    writes: tuple[bytes, ...]
    base_write: bytes
    base: bytes
    views: tuple[bytes, ...]
    later: tuple[bytes, ...]
    storage: bytes


@lru_cache(maxsize=16384)
def _places(size: Size, stride: Size, offset: int) -> tuple[int, ...]:
    return positions(Layout(size, stride, offset, ""))


@lru_cache(maxsize=16384)
def _overlaps(size: Size, stride: Size) -> bool:
    if is_contiguous(size, stride):
        return False
    places = _places(size, stride, 0)
    return len(set(places)) < len(places)


def overlaps(layout: Layout) -> bool:
    """Whether two elements of the layout are at one position."""
    return _overlaps(layout.size, layout.stride)


def copied_base(base: Layout) -> Layout:
    """The layout of a row-major copy of `base`; a program whose base overlaps itself takes its views of that."""
    count = element_count(base.size)
    width = DTYPES[base.dtype].itemsize
    return Layout(base.size, contiguous_strides(base.size), 0, base.dtype, storage_bytes=count * width)


@lru_cache(maxsize=4096)
def _signs(dtype: str, conj: bool, neg: bool, count: int) -> int:
    """The sign bits that the lazy bits flip in `count` floats or complex numbers, as one little-endian integer."""
    row = DTYPES[dtype]
    sign = bytes((row.itemsize if row.real is None else row.itemsize // 2) - 1) + b"\x80"
    if row.real is None:
        return int.from_bytes(sign * count, "little") if neg else 0
    none = bytes(len(sign))
    return int.from_bytes(((sign if neg else none) + (sign if neg != conj else none)) * count, "little")


def resolved(layout: Layout, elements: bytes) -> bytes:
    """The element bytes that a reader gets for stored ones, or those to store for a reader: both are one function."""
    if not (layout.conj or layout.neg):
        return elements
    row = DTYPES[layout.dtype]
    count = len(elements) // row.itemsize
    if row.kind in ("float", "complex"):
        turned = int.from_bytes(elements, "little") ^ _signs(layout.dtype, layout.conj, layout.neg, count)
        return turned.to_bytes(len(elements), "little")
    return read_bytes(Layout((count,), (1,), 0, layout.dtype, layout.conj, layout.neg), elements)


def _write(layout: Layout, storage: bytearray, elements: bytes) -> None:
    """Write element values (row-major) to the positions of the layout."""
    size, stride, offset, dtype, *_ = layout
    width = DTYPES[dtype].itemsize
    elements = resolved(layout, elements)
    if is_contiguous(size, stride):
        start = offset * width
        storage[start : start + len(elements)] = elements
        return
    storage[:] = _scatterer(size, stride, offset, width, len(storage))(storage + elements)


@lru_cache(maxsize=16384)
def _scatterer(size: Size, stride: Size, offset: int, width: int, held: int) -> Callable[[bytearray], tuple[int, ...]]:
    """The function from a storage's `held` bytes, followed by elements' bytes, to the storage with these written."""
    source = list(range(held))
    for index, place in enumerate(_places(size, stride, offset)):
        first = held + index * width
        source[place * width : (place + 1) * width] = range(first, first + width)
    return itemgetter(*source) if held > 1 else lambda storage: (storage[source[0]],)


@lru_cache(maxsize=16384)
def _gatherer(size: Size, stride: Size, offset: int, width: int) -> Callable[[bytearray], bytes]:
    if is_contiguous(size, stride):
        first = offset * width
        part = slice(first, first + element_count(size) * width)
        return lambda storage: bytes(storage[part])
    found = [place * width + byte for place in _places(size, stride, offset) for byte in range(width)]
    if len(found) == 1:
        return lambda storage: bytes([storage[found[0]]])
    pick = itemgetter(*found)
    return lambda storage: bytes(pick(storage))


def _read(layout: Layout, storage: bytearray) -> bytes:
    size, stride, offset, dtype, conj, neg, _ = layout
    elements = _gatherer(size, stride, offset, DTYPES[dtype].itemsize)(storage)
    return resolved(layout, elements) if conj or neg else elements


def run_program(
    base: Layout,
    fill: bytes,
    outputs: Sequence[Output],
    value: Callable[[int, Layout, Callable[[], bytes]], bytes],
    *,
    copies: bool = False,
) -> ProgramBytes:
    """Run the program on storages of bytes.

    `fill` is the content of the storage of `base`; `outputs` are the views, of `base` itself or (where `copies`
    holds) of its row-major copy. `value(index, layout, found)` gives the elements to write through output `index`
    (one element where the layout overlaps itself) and, for index -1, to the base; `found()` are those that lie there.
    Raises IndexError where a layout leaves its storage.
    """
    laid = bytearray(fill)
    operand, held = (copied_base(base), bytearray(_read(base, laid))) if copies else (base, laid)
    others: dict[str, bytearray] = {}
    places = [_storage_of(index, output, held, others) for index, output in enumerate(outputs)]
    writes: list[bytes] = []
    for index, (output, storage) in enumerate(zip(outputs, places, strict=True)):
        layout: Layout = output.layout  # type: ignore[assignment]  # strided programs only
        if needed_bytes(layout) > len(storage):
            raise IndexError(f"output {index}: wanted {needed_bytes(layout)} bytes of storage, got {len(storage)}")
        elements = value(index, layout, partial(_read, layout, storage))
        writes.append(elements)
        _write(layout, storage, elements * element_count(layout.size) if overlaps(layout) else elements)
    seen_base = _read(operand, held)
    views = _read_all(outputs, places)
    last = value(-1, operand, lambda: seen_base)
    _write(operand, held, last)
    return ProgramBytes(tuple(writes), last, seen_base, views, _read_all(outputs, places), bytes(laid))


def _storage_of(index: int, output: Output, held: bytearray, others: dict[str, bytearray]) -> bytearray:
    # A copy has a storage of its own; another operand's storage is one for all the outputs on it.
    if output.shares == "self":
        return held
    name = output.shares or f"output {index}"
    layout: Layout = output.layout  # type: ignore[assignment]
    wanted = max(layout.storage_bytes, needed_bytes(layout))
    return others.setdefault(name, bytearray(wanted))


def _read_all(outputs: Sequence[Output], places: Sequence[bytearray]) -> tuple[bytes, ...]:
    return tuple([_read(output.layout, storage) for output, storage in zip(outputs, places, strict=True)])  # type: ignore[arg-type]
