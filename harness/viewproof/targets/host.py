"""The glance at values where the device is the host: fillings laid and storages read by address, not by tensors.

It asks what the full look of targets/eager.py asks (reads under two fillings, a write through each output, version
counters, `_base`, operands unchanged) and compares as it goes. It answers with no more than whether all of that is as
expected; what it does not handle, it leaves to the full look.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import torch

from viewproof.patterns import fillings, marked, one_is_enough
from viewproof.subject import Subject, sees_base, shares_version
from viewproof.targets.base import Base, likeness
from viewproof.targets.glance import DTYPE_OF, agree_all
from viewproof.targets.session import FactsSession, lies_on, storages_of
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, element_count
from viewproof_reference.layout.positions import element_value, positions

_set_grad_enabled = torch._C._set_grad_enabled
_set_conj, _set_neg = torch._C._set_conj, torch._C._set_neg
_string_at, _memmove = ctypes.string_at, ctypes.memmove

#: What `fill_(0)` writes differs by dtype and bits; all that counts is which bytes are no longer the mark's.
_CHANGED = bytes([0 if value != 1 else 1 for value in range(256)])
_ONES = {row.itemsize: b"\x01" * row.itemsize for row in DTYPES.values()}
_ZEROS = {row.itemsize: bytes(row.itemsize) for row in DTYPES.values()}


class Unhandled(Exception):
    """The glance does not handle such a case: the full look has to."""


class _Room(NamedTuple):
    """A contiguous tensor to read outputs of one size and dtype into, where it lies, and its size in bytes."""

    tensor: torch.Tensor
    address: int
    nbytes: int


class _Spots(NamedTuple):
    """What a glance needs of a layout: where its elements lie, whether two of them do at one place, room to read it,
    and its storage after a write through it: bytes 1 where they are as they were, 0 elsewhere.
    """

    places: tuple[int, ...]
    overlap: bool
    room: _Room
    written: bytes


@lru_cache(maxsize=4096)
def _room(size: tuple[int, ...], dtype: str) -> _Room:
    stride = [1]
    for extent in reversed(size):
        stride.append(stride[-1] * extent)
    storage = torch.UntypedStorage(element_count(size) * DTYPES[dtype].itemsize)
    tensor = torch.empty(0, dtype=DTYPE_OF[dtype]).set_(storage, 0, size, stride[-2::-1])
    return _Room(tensor, storage.data_ptr(), storage.nbytes())


@lru_cache(maxsize=16384)
def _spots(layout: Layout) -> _Spots:
    places = tuple(positions(layout))
    width = DTYPES[layout.dtype].itemsize
    cells = [_ONES[width]] * (layout.storage_bytes // width)
    for place in places:
        cells[place] = _ZEROS[width]
    written = b"".join(cells) + b"\x01" * (layout.storage_bytes % width)
    return _Spots(places, len(set(places)) < len(places), _room(layout.size, layout.dtype), written)


@lru_cache(maxsize=8192)
def _cells(storage_bytes: int, dtype: str, which: int, read_as: str, bits: tuple[bool, bool]) -> tuple[bytes, ...]:
    """What a reader of dtype `read_as` and these conj and neg bits gets of each element of a filling."""
    row = fillings(storage_bytes, dtype)[which]
    width = DTYPES[read_as].itemsize
    reader = Layout((), (), 0, read_as, *bits, storage_bytes)
    last = storage_bytes - width
    return tuple([element_value(row[start : start + width], reader) for start in range(0, last + 1, width)])


def _expected_read(reads: Layout, base: Base, which: int) -> bytes:
    places = _spots(reads).places
    cells = _cells(base.storage_bytes, base.dtype, which, reads.dtype, (reads.conj, reads.neg))
    if len(places) > 1:
        return b"".join(itemgetter(*places)(cells))
    return cells[places[0]] if places else b""


def _read(output: torch.Tensor, room: _Room) -> bytes:
    if not room.nbytes:
        return b""
    room.tensor.copy_(output)
    return _string_at(room.address, room.nbytes)


def _arguments(session: FactsSession, subject: Subject) -> tuple[list[Any], dict[str, Any], dict[str, Base]]:
    known = session.arguments(subject.case)
    if known is not None:
        return known[0], {}, known[1]
    built = session.prepare(subject)
    return built.args, built.kwargs, built.bases


def values_agree(session: FactsSession, subject: Subject) -> bool:
    """Run the case once and see whether facts, reads, writes, versions and operands are all as expected.

    Raises Unhandled where the case is not one for a glance (several components, fillings of another dtype than the
    base's, copies that one filling does not tell apart); what torch raises is passed on.
    """
    args, kwargs, bases = _arguments(session, subject)
    wanted = subject.expectation.outputs or ()
    source = "self" if not wanted else wanted[0].source or wanted[0].shares or "self"
    base = bases.get(source)
    if base is None or not base.filled or subject.case.storages:
        raise Unhandled
    count = _fillings_needed(base, wanted, source)
    # What the call reads, and what is read through its outputs afterwards: the element-wise filling is the one that
    # must show. Views show what was laid last, copies what was there when the call was made.
    first, last = (0, 1) if any(one.shares is None for one in wanted) else (1, 0)
    laid = [
        (other, fillings(other.storage_bytes, other.dtype)[first if other is base else 0] if other.filled else None)
        for other in bases.values()
    ]
    for other, content in laid:
        if content is not None and other.storage_bytes:
            _memmove(other.address, content, other.storage_bytes)
    storages = storages_of(bases) if session.inplace else []
    was = torch.is_grad_enabled()
    _set_grad_enabled(False)
    try:
        result = session.call(*args, **kwargs)
        outputs = (result,) if isinstance(result, torch.Tensor) else result
        if any(not isinstance(output, torch.Tensor) for output in outputs):
            raise Unhandled  # an absent tangent
        if not agree_all(outputs, wanted, bases, args[0], session.word):
            return False
        if session.inplace:
            if not all(lies_on(output, one, storages) for output, one in zip(outputs, wanted, strict=True)):
                return False
            if any(other.storage.data_ptr() != other.address for other, _ in laid):
                return False  # moved: what lies at the old address is nobody's
            if not _reads_agree(outputs, wanted, base, first, []):
                return False
        elif not _operands_kept(laid):
            return False
        return _reads_agree(outputs, wanted, base, first, [last, *range(2, count)]) and _writes_agree(
            subject, outputs, wanted, base
        )
    finally:
        _set_grad_enabled(was)


def _operands_kept(laid: list[tuple[Base, bytes | None]]) -> bool:
    for base, content in laid:
        if not base.is_as_made():
            return False
        if content is not None and _string_at(base.address, base.storage_bytes) != content:
            return False
    return True


@lru_cache(maxsize=8192)
def _one_is_enough(storage_bytes: int, dtype: str, read_as: str, fresh: bool) -> bool:
    """Whether two fillings will do. Raises Unhandled where a glance cannot do with the base's own."""
    if one_is_enough(storage_bytes, dtype, read_as):
        if read_as == "bool":
            raise Unhandled
        return True
    # A copy would have to be made anew on each filling; bytes read as bool need a filling of bools.
    if fresh or (read_as == "bool") is not (dtype == "bool"):
        raise Unhandled
    return False


def _fillings_needed(base: Base, wanted: Sequence[Output], source: str) -> int:
    """How many fillings the case needs, two at least. Raises Unhandled where a glance cannot do with them."""
    enough = True
    for layout, shares, reads, from_, _ in wanted:
        if type(layout) is not Layout or (reads is None and shares is not None):
            raise Unhandled
        if (from_ or shares or "self") != source:
            raise Unhandled
        read_as = base.dtype if reads is None else reads.dtype
        enough &= _one_is_enough(base.storage_bytes, base.dtype, read_as, shares is None)
    return 2 if enough else len(fillings(base.storage_bytes, base.dtype))


def _reads_agree(outputs: Any, wanted: tuple[Output, ...], base: Base, first: int, later: list[int]) -> bool:
    # One read of each output tells both: which elements it reads, and whether it follows the base that is written
    # after the call. What is computed (a conversion) need only stay. With nothing laid later, what lies there is read.
    seen: list[tuple[torch.Tensor, Layout | None, _Room, bytes]] = []
    for output, (layout, shares, reads, _, _) in zip(outputs, wanted, strict=True):
        room = _room(layout.size, layout.dtype)  # type: ignore[union-attr]
        then = _read(output, room) if reads is None else _expected_read(reads, base, first)
        seen.append((output, None if shares is None else reads, room, then))
        if not later and _read(output, room) != then:
            return False
    for which in later:
        if base.storage_bytes:
            _memmove(base.address, fillings(base.storage_bytes, base.dtype)[which], base.storage_bytes)
        for output, follows, room, then in seen:
            expected = then if follows is None else _expected_read(follows, base, which)
            if follows is not None and expected == then and room.nbytes:
                raise Unhandled  # the two fillings look the same from here
            if _read(output, room) != expected:
                return False
    return True


def _writes_agree(subject: Subject, outputs: Any, wanted: tuple[Output, ...], base: Base) -> bool:
    count = base.storage_bytes
    mark = marked(count)
    operand = base.tensor
    traits = subject.traits
    # Of an operand that was changed in place nothing is asked but its storage: it is its own counter and base.
    tracked = traits.strided and not traits.inplace
    for output, one in zip(outputs, wanted, strict=True):
        layout: Layout = one.layout  # type: ignore[assignment]
        spots = _spots(layout)
        _memmove(base.address, mark, count)
        version = operand._version
        if spots.overlap and (layout.conj or layout.neg):
            _fill_raw(output, layout)
        else:
            output.fill_(0)
        if tracked and (operand._version != version) is not shares_version(traits, one):
            return False
        if _string_at(base.address, count).translate(_CHANGED) != (mark if one.shares is None else spots.written):
            return False
        if tracked and output is not operand and not _base_agrees(output._base, base, one, sees_base(traits, one)):
            return False
    return True


def _fill_raw(output: torch.Tensor, layout: Layout) -> None:
    # Torch resolves the bits of such a tensor through a copy, which it refuses on overlap.
    _set_conj(output, False)
    _set_neg(output, False)
    output.fill_(0)
    _set_conj(output, layout.conj)
    _set_neg(output, layout.neg)


def _base_agrees(found: torch.Tensor | None, base: Base, wanted: Output, seen: bool) -> bool:
    is_operand = found is not None and (found is base.root or found is base.tensor)
    if seen:
        return is_operand
    # A copy may be a view of something that torch made on the way, but not of the operand.
    return found is None or (wanted.shares is None and not is_operand)


def replay_agrees(session: FactsSession, subject: Subject) -> bool:
    """Run the case and see whether each declared view, replayed on another base, is the same view of that base.

    Raises Unhandled where an output is not strided or there is no one base.
    """
    args, kwargs, bases = _arguments(session, subject)
    wanted = subject.expectation.outputs or ()
    base = bases.get("self")
    if base is None:
        raise Unhandled
    result = session.call(*args, **kwargs)
    outputs = (result,) if isinstance(result, torch.Tensor) else result
    if len(outputs) != len(wanted):
        return False
    other = _likeness(base)
    there = {"self": other}
    for output, one in zip(outputs, wanted, strict=True):
        if one.identity or one.shares is None:
            continue
        if one.shares != "self":
            raise Unhandled
        if not output._is_view():
            return False
        replayed = output._view_func_unsafe(other.tensor)
        if replayed is None or not agree_all((replayed,), (one,), there, None, session.word):
            return False
    return True


def _likeness(base: Base) -> Base:
    """A base of the same geometry on a storage of its own, made once for each base."""
    if base.other is None:
        base.other = likeness(base)
    return base.other
