"""The kinds of tensors passed as `out=`: each function makes one kind for a result of known size and dtype.

Every out has room around it in its storage, so that a kernel that writes beside the out is detected and does no harm,
as does one that writes a contiguous block whatever the strides are.
"""

from __future__ import annotations

from collections.abc import Callable

from viewproof.cases.model import TensorArgument
from viewproof_reference.layout.algebra import span
from viewproof_reference.layout.dtypes import DTYPES, itemsize
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

GUARD = 3
"""How many elements the storage has after the last one of an out, or of a contiguous block in its place."""

#: Another dtype of the same width, and one of another width, which a kernel that copies bytes would not refuse.
_OTHER: dict[str, tuple[str, str]] = {
    "int64": ("float64", "int32"),
    "float32": ("int32", "float64"),
    "float64": ("int64", "float32"),
    "complex64": ("float64", "complex128"),
}

Out = Callable[[Size, str], TensorArgument | None]


def _tensor(size: Size, stride: Size, offset: int, dtype: str, room: int) -> TensorArgument:
    """An out in a storage that holds at least `room` elements from its offset on, and the guard after them."""
    reach = offset + max(span(size, stride), room)
    layout = Layout(size, stride, offset, dtype, False, False, (reach + GUARD) * itemsize(dtype))
    return TensorArgument(layout)


def contiguous(size: Size, dtype: str) -> TensorArgument:
    """Contiguous, at an offset."""
    return _tensor(size, contiguous_strides(size), 2, dtype, element_count(size))


def stepped(size: Size, dtype: str) -> TensorArgument:
    """Every second element of a row: gaps everywhere."""
    return _tensor(size, tuple(2 * step for step in contiguous_strides(size)), 1, dtype, element_count(size))


def reversed_order(size: Size, dtype: str) -> TensorArgument:
    """Dense, with the order of the dimensions reversed."""
    stride = contiguous_strides(size[::-1])[::-1]
    return _tensor(size, stride, 0, dtype, element_count(size))


def padded(size: Size, dtype: str) -> TensorArgument | None:
    """Rows with a gap after each."""
    if len(size) < 2:
        return None
    return _tensor(size, contiguous_strides((*size[:-1], size[-1] + 2)), 1, dtype, element_count(size))


def too_large(size: Size, dtype: str) -> TensorArgument:
    """One dimension more, two times as many elements: resized within its storage, with a warning."""
    other = (2, *size) if element_count(size) else (2, 3)
    return _tensor(other, contiguous_strides(other), 1, dtype, element_count(size))


def too_small(size: Size, dtype: str) -> TensorArgument | None:
    """One element at an offset, on a tight storage: resized, the storage grown, with a warning."""
    if size == (1,):
        return None
    return TensorArgument(Layout((1,), (1,), 1, dtype, False, False, 2 * itemsize(dtype)))


def flat(size: Size, dtype: str) -> TensorArgument | None:
    """As many elements in one dimension, stepped: resized to contiguous, with a warning."""
    count = element_count(size)
    if len(size) == 1 or count == 0:
        return None
    return _tensor((count,), (2,), 1, dtype, count)


def nothing(size: Size, dtype: str) -> TensorArgument | None:
    """No element, no storage: resized without a warning."""
    if size == (0,):
        return None
    return TensorArgument(Layout((0,), (1,), 0, dtype, False, False, 0))


def nothing_with_room(size: Size, dtype: str) -> TensorArgument | None:
    """No element, at an offset in a storage with room: resized without a warning, the storage kept."""
    if size == (0,):
        return None
    return _tensor((0,), (1,), 2, dtype, element_count(size))


def lazy(size: Size, dtype: str) -> TensorArgument | None:
    """With a conj bit (complex) or a neg bit (float), under which the values must be written to be read right."""
    kind = DTYPES[dtype].kind
    if kind not in ("complex", "float") or itemsize(dtype) == 1:
        return None
    one = stepped(size, dtype)
    return TensorArgument(one.layout._replace(conj=kind == "complex", neg=kind == "float"))


def lazy_too_large(size: Size, dtype: str) -> TensorArgument | None:
    """With a lazy bit, and to be resized."""
    if lazy(size, dtype) is None:
        return None
    layout = too_large(size, dtype).layout
    kind = DTYPES[dtype].kind
    return TensorArgument(layout._replace(conj=kind == "complex", neg=kind == "float"))


def expanded(size: Size, dtype: str) -> TensorArgument | None:
    """One position for several elements: refused."""
    grown = [place for place, extent in enumerate(size) if extent > 1]
    if not grown or 0 in size:
        return None
    hidden = grown[-1]
    kept = tuple(1 if place == hidden else extent for place, extent in enumerate(size))
    stride = tuple(0 if place == hidden else step for place, step in enumerate(contiguous_strides(kept)))
    return _tensor(size, stride, 1, dtype, element_count(size))


def _dtyped(size: Size, dtype: str, which: int) -> TensorArgument:
    other = _OTHER.get(dtype, ("float32", "int64") if dtype != "float32" else ("int32", "float64"))[which]
    # Room for as many elements of the widest dtype, so that bytes copied without conversion stay in the storage.
    widest = element_count(size) * 16 // itemsize(other) + GUARD
    return _tensor(size, contiguous_strides(size), 2, other, max(widest, element_count(size)))


def same_width(size: Size, dtype: str) -> TensorArgument:
    """Another dtype, for most of the same width: refused."""
    return _dtyped(size, dtype, 0)


def other_width(size: Size, dtype: str) -> TensorArgument:
    """A dtype of another width: refused."""
    return _dtyped(size, dtype, 1)


#: The kinds in rotation: accepted ones first and twice as often, so that a few cases have most of them.
KINDS: tuple[Out, ...] = (
    contiguous, stepped, too_large, expanded, reversed_order, nothing, too_small, lazy, same_width, flat, padded,
    nothing_with_room, lazy_too_large, other_width,
)  # fmt: skip


def one_of(turn: int, size: Size, dtype: str) -> TensorArgument:
    """The out of kind number `turn`, or of the next kind that such a result can have."""
    for step in range(len(KINDS)):
        found = KINDS[(turn + step) % len(KINDS)](size, dtype)
        if found is not None:
            return found
    raise AssertionError(f"out: wanted a kind for a result of size {size}, got none")
