"""Features of `resize_` in a program: functionalization makes it `as_strided` with row-major strides of the new size.

Where views are reapplied, the written view is scattered by those strides to a copy of the base's whole storage; a base
with a lazy bit is first resolved, into a dense tensor that starts at 0 and holds just the base's elements. Where views
become copies, the view is scattered to a row-major copy of the base's elements in every case. At the end only the
base's elements are copied back to the input. This module models that on bytes; each feature holds where one of the
results is not what the program must give.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from viewproof.cases.model import Case
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES, Layout, contiguous_strides, element_count
from viewproof_reference.layout.positions import needed_bytes, positions, read_bytes
from viewproof_reference.layout.reshape import preserved_strides
from viewproof_reference.programs import copied_base, resolved
from viewproof_suites.functionalization.program import MutatingProgram, strided_program

FEATURES = Features()


class ResizedBytes(NamedTuple):
    """What torch gives, in bytes: the base after the view was written, the view after the base was written, the
    input's storage at the end, and the recorded steps replayed on that input.
    """

    base: bytes
    later: bytes
    storage: bytes
    replayed: bytes


def laid(layout: Layout, storage: bytes, elements: bytes) -> bytes:
    """`storage` with these element values (row-major, lazy bits resolved) written to the positions of the layout."""
    width = DTYPES[layout.dtype].itemsize
    found = bytearray(storage)
    cells = resolved(layout, elements)
    for index, place in enumerate(positions(layout)):
        found[place * width : (place + 1) * width] = cells[index * width : (index + 1) * width]
    return bytes(found)


def taken_of(program: MutatingProgram) -> tuple[Layout, bytes]:
    """The layout of the tensor that the program takes its view of, and the bytes of its storage."""
    if not program.copies:
        return program.base, program.fill
    return copied_base(program.base), read_bytes(program.base, program.fill)


def dense_copy(base: Layout, storage: bytes, *, contiguous: bool) -> tuple[Layout, bytes]:
    """A copy of the elements alone, from position 0, resolved; row-major, or in the order of the base's strides."""
    stride = contiguous_strides(base.size) if contiguous else preserved_strides(base.size, base.stride)
    room = bytes(element_count(base.size) * DTYPES[base.dtype].itemsize)
    copy = Layout(base.size, stride, 0, base.dtype, storage_bytes=len(room))
    return copy, laid(copy, room, read_bytes(base, storage))


def _as_strided(base: Layout, view: Layout) -> Layout:
    return Layout(view.size, contiguous_strides(view.size), base.offset, base.dtype, base.conj, base.neg)


@lru_cache(maxsize=4)
def _shown(program: MutatingProgram, reapply: bool) -> ResizedBytes | None:
    """What torch gives; None where it raises, as the row-major view passes the end of the base or of its copy."""
    base, storage = taken_of(program)
    view = program.layouts[0]
    width = DTYPES[base.dtype].itemsize
    # Torch counts the base's storage as ending at its last element (0 where it is empty), but adds the offset to the
    # requested size even where that has no element.
    offset = base.offset if reapply else 0
    if (offset + element_count(view.size)) * width > needed_bytes(base):
        return None
    held, content = base, storage
    if not reapply or base.conj or base.neg:
        held, content = dense_copy(base, storage, contiguous=not reapply)
    strided = _as_strided(held, view)
    if needed_bytes(strided) > len(content):
        return None
    content = laid(strided, content, program.reads[1])
    found = read_bytes(held, content)
    content = laid(held, content, program.seen.base_write)
    later = read_bytes(strided, content)
    given = program.fill if program.copies else laid(program.base, program.fill, program.seen.base_write)
    return ResizedBytes(found, later, given, _replayed(program, reapply, given))


def _replayed(program: MutatingProgram, reapply: bool, given: bytes) -> bytes:
    # The steps are replayed on the input as the program left it; where the program works on a copy, on the value that
    # was written to the base.
    if program.copies:
        base, storage = copied_base(program.base), program.seen.base_write
    else:
        base, storage = program.base, given
    if not reapply:
        base, storage = dense_copy(base, storage, contiguous=True)
    return read_bytes(_as_strided(base, program.layouts[0]), storage)


def _on_resized(name: str, test: Callable[[MutatingProgram], bool], text: str) -> None:
    def holds(case: Case, expectation: Expectation) -> bool:
        program = strided_program(case, expectation, inplace=True)
        return program is not None and test(program)

    holds.__doc__ = text
    FEATURES.feature(name)(holds)


def _unlike(part: Callable[[ResizedBytes, MutatingProgram], bool], reapply: bool) -> Callable[[MutatingProgram], bool]:
    def test(program: MutatingProgram) -> bool:
        shown = _shown(program, reapply)
        return shown is not None and part(shown, program)

    return test


def _base(shown: ResizedBytes, program: MutatingProgram) -> bool:
    """The base, read after the view was written, holds other values."""
    return shown.base != program.reads[0]


def _later(shown: ResizedBytes, program: MutatingProgram) -> bool:
    """The view, read after the base was written, holds other values."""
    return shown.later != program.reads[2]


def _storage(shown: ResizedBytes, program: MutatingProgram) -> bool:
    """The input's storage holds other bytes at the end."""
    return shown.storage != program.seen.storage


def _replay(shown: ResizedBytes, program: MutatingProgram) -> bool:
    """The recorded steps, replayed, lead to other values."""
    return shown.replayed != program.reads[2]


def _loses_strides(program: MutatingProgram) -> bool:
    view = program.layouts[0]
    return view.stride != contiguous_strides(view.size)


_on_resized("resize-loses-strides", _loses_strides, "The view has other strides than row-major ones.")
_on_resized("resize-refused", lambda one: _shown(one, reapply=True) is None, "With views reapplied torch raises.")
_on_resized("resize-copy-refused", lambda one: _shown(one, reapply=False) is None, "With copies torch raises.")
for _name, _part, _reapply in (
    ("resize-base-otherwise", _base, True),
    ("resize-copy-base-otherwise", _base, False),
    ("resize-later-otherwise", _later, True),
    ("resize-copy-later-otherwise", _later, False),
    ("resize-input-otherwise", _storage, True),
    ("resize-copy-input-otherwise", _storage, False),
    ("resize-replay-otherwise", _replay, True),
    ("resize-copy-replay-otherwise", _replay, False),
):
    _on_resized(_name, _unlike(_part, _reapply), f"Torch's way: {_part.__doc__}")
