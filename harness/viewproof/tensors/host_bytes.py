"""The bytes that a glance (evidence/glance.py) on the host expects from reads of and writes through a view."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import torch

from viewproof.tensors.bases import host_cells
from viewproof.tensors.build import DTYPE_OF
from viewproof.tensors.fillings import fillings, marked, one_is_enough
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, contiguous_strides, element_count
from viewproof_reference.layout.positions import element_value, overlaps, positions

#: What `zero_` writes differs by dtype and bits; all that counts is which bytes are no longer the mark's.
CHANGED = bytes([0 if value != 1 else 1 for value in range(256)])
_ONES = {row.itemsize: b"\x01" * row.itemsize for row in DTYPES.values()}
_ZEROS = {row.itemsize: bytes(row.itemsize) for row in DTYPES.values()}


class Unhandled(Exception):
    """Raised where a glance cannot handle a case, so that a full observation is needed."""


class ReadBuffer(NamedTuple):
    """A contiguous tensor to read outputs of one size and dtype into, and its bytes."""

    tensor: torch.Tensor
    cells: memoryview


@lru_cache(maxsize=4096)
def room_of(size: tuple[int, ...], dtype: str) -> ReadBuffer:
    """A buffer for elements of `dtype`, made without the operators under test."""
    storage = torch.UntypedStorage(element_count(size) * DTYPES[dtype].itemsize)
    tensor = torch.empty(0, dtype=DTYPE_OF[dtype]).set_(storage, 0, size, contiguous_strides(size))
    return ReadBuffer(tensor, host_cells(storage.data_ptr(), storage.nbytes()))


def read(output: torch.Tensor, room: ReadBuffer) -> bytes:
    """The bytes of the output's elements, row-major."""
    room.tensor.copy_(output)
    return room.cells.tobytes()


@lru_cache(maxsize=16384)
def left_by_write(layout: Layout) -> bytes:
    """The storage after a write through the layout: bytes 1 where they are as they were, 0 elsewhere."""
    width = DTYPES[layout.dtype].itemsize
    cells = [_ONES[width]] * (layout.storage_bytes // width)
    zero = _ZEROS[width]
    for place in positions(layout):
        cells[place] = zero
    return b"".join(cells) + b"\x01" * (layout.storage_bytes % width)


@lru_cache(maxsize=8192)
def _elements(storage_bytes: int, dtype: str, which: int, read_as: str, bits: tuple[bool, bool]) -> tuple[bytes, ...]:
    """What a reader of dtype `read_as` and these conj and neg bits gets of each element of a filling."""
    row = fillings(storage_bytes, dtype)[which]
    width = DTYPES[read_as].itemsize
    reader = Layout((), (), 0, read_as, *bits, storage_bytes)
    last = storage_bytes - width
    return tuple([element_value(row[start : start + width], reader) for start in range(0, last + 1, width)])


def expected_read(reads: Layout, storage_bytes: int, dtype: str, which: int) -> bytes:
    """What is read of filling number `which` of a storage of `dtype` elements."""
    places = positions(reads)
    elements = _elements(storage_bytes, dtype, which, reads.dtype, (reads.conj, reads.neg))
    if len(places) > 1:
        return b"".join(itemgetter(*places)(elements))
    return elements[places[0]] if places else b""


@lru_cache(maxsize=8192)
def two_will_do(storage_bytes: int, dtype: str, read_as: str, fresh: bool) -> bool:
    """Whether two fillings tell all elements apart; `fresh` for a copy, which shows only the filling of the call.

    Raises Unhandled where a glance cannot do with the fillings of the base's own dtype.
    """
    if one_is_enough(storage_bytes, dtype, read_as):
        if read_as == "bool":
            raise Unhandled
        return True
    # A copy would have to be made anew on each filling; bytes read as bool need a filling of bools.
    if fresh or (read_as == "bool") is not (dtype == "bool"):
        raise Unhandled
    return False


class ViewBytes(NamedTuple):
    """Bytes to expect: `first` fills the storage at the call, `later` pairs each further filling with what a read must
    give, `written` is the storage after a write. `below_bits`: torch refuses to write the view as it is.
    """

    room: ReadBuffer
    first: bytes
    later: tuple[tuple[bytes, bytes], ...]
    mark: bytes
    written: bytes
    below_bits: bool


@lru_cache(maxsize=16384)
def sight_of(view: Layout, dtype: str) -> ViewBytes | None:
    """The bytes to expect of a view of a base of `dtype`, None where a glance is not enough."""
    count = view.storage_bytes
    rows = fillings(count, dtype)
    try:
        numbers = range(len(rows)) if not two_will_do(count, dtype, view.dtype, False) else range(2)
    except Unhandled:
        return None
    # The element-wise filling is the one that must show: another lies there at the call.
    later = [(rows[which], expected_read(view, count, dtype, which)) for which in numbers if which != 1]
    if later[0][1] and any(expected == expected_read(view, count, dtype, 1) for _, expected in later):
        return None  # two fillings look the same from here
    below_bits = (view.conj or view.neg) and overlaps(view)
    room = room_of(view.size, view.dtype)
    return ViewBytes(room, rows[1], tuple(later), marked(count), left_by_write(view), below_bits)
