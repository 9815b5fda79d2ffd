"""The data types of forward and reverse: a tensor with its bytes, the three return modes, and the new base."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import needed_bytes, positions, read_bytes


class ReturnMode(Enum):
    """What a reverse may return. The names are those of `torch._C._functionalization.InverseReturnMode`."""

    ALWAYS_VIEW = "AlwaysView"
    NEVER_VIEW = "NeverView"
    VIEW_OR_SCATTER = "ViewOrScatterInverse"


class Sharing(Enum):
    """Whose storage a new base must be on: the mutated view's, one of its own, or either."""

    VIEW = "the mutated view's"
    OWN = "its own"
    EITHER = "either"


class Placement(Enum):
    """What a new base must have in common with the base: stride and offset, the stride alone, or neither."""

    EXACT = "stride and offset"
    STRIDE = "stride"
    FREE = "neither"


class DataTensor(NamedTuple):
    """A tensor with its data: a layout over the bytes of a storage."""

    layout: Layout
    storage: bytes

    @property
    def values(self) -> tuple[bytes, ...]:
        """The elements in logical, row-major order, each as the bytes of its value, lazy bits resolved.

        Raises IndexError where the layout leaves the storage.
        """
        return cells(read_bytes(self.layout, self.storage), self.layout.dtype)


class NewBase(NamedTuple):
    """What a reverse must give.

    `layout` has the size and dtype that the base had. Where `shares` is VIEW it is the base's in all else too, over the
    mutated view's storage. `placement` says whether its stride (of dimensions that have more than one element) and
    offset must be the base's. `values` are the elements' bytes in logical order; None marks one that the contract
    leaves open, because elements of the mutated view that name one position disagree.
    """

    layout: Layout
    values: tuple[bytes | None, ...]
    shares: Sharing
    placement: Placement


def cells(content: bytes, dtype: str) -> tuple[bytes, ...]:
    """`content` cut into elements of `dtype`."""
    width = DTYPES[dtype].itemsize
    return tuple([content[start : start + width] for start in range(0, len(content), width)])


def raw_cells(layout: Layout, values: Sequence[bytes]) -> tuple[bytes, ...]:
    """The bytes that the storage holds where the elements of `layout` have these values.

    Resolving a lazy bit is its own inverse, so that reading the values under the same bits gives the bytes to store.
    """
    if not (layout.conj or layout.neg):
        return tuple(values)
    row = layout._replace(size=(len(values),), stride=(1,), offset=0)
    return cells(read_bytes(row, b"".join(values)), layout.dtype)


def filled(layout: Layout, values: Sequence[bytes], beside: bytes | None = None) -> DataTensor:
    """A tensor of this layout with these values, on a storage that holds `beside` (zero bytes if None) elsewhere.

    Raises ValueError for another number of values, or where `beside` is too short for the layout.
    """
    places = positions(layout)
    if len(places) != len(values):
        raise ValueError(f"values: wanted {len(places)}, one an element, got {len(values)}")
    storage = bytearray(bytes(max(layout.storage_bytes, needed_bytes(layout))) if beside is None else beside)
    if len(storage) < needed_bytes(layout):
        raise ValueError(f"beside: wanted {needed_bytes(layout)} bytes at least, got {len(storage)}")
    width = DTYPES[layout.dtype].itemsize
    for place, cell in zip(places, raw_cells(layout, values), strict=True):
        storage[place * width : (place + 1) * width] = cell
    return DataTensor(layout._replace(storage_bytes=len(storage)), bytes(storage))
