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
from typing import TYPE_CHECKING, Any

import torch

from viewproof.patterns import fillings, marked, one_is_enough
from viewproof.subject import Subject, sees_base, shares_version
from viewproof.targets.base import Base, likeness
from viewproof.targets.glance import agree_all
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output
from viewproof_reference.layout.positions import positions, read_bytes

if TYPE_CHECKING:
    from viewproof.targets.session import FactsSession

set_grad_enabled = torch._C._set_grad_enabled

#: What `fill_(0)` writes differs by dtype and bits; all that counts is which bytes are no longer the mark's.
_CHANGED = bytes([0 if value != 1 else 1 for value in range(256)])
_SLOTS: dict[tuple[torch.Size, torch.dtype], tuple[torch.Tensor, int, int]] = {}
KEPT_SLOTS = 4096
"""How many contiguous tensors to read into a worker keeps, one for each size and dtype."""


class Unhandled(Exception):
    """The glance does not handle such a case: the full look has to."""


@lru_cache(maxsize=8192)
def _cells(storage_bytes: int, dtype: str, which: int, width: int) -> tuple[bytes, ...]:
    row = fillings(storage_bytes, dtype)[which]
    return tuple([row[start : start + width] for start in range(0, storage_bytes, width)])


@lru_cache(maxsize=16384)
def _places(layout: Layout) -> tuple[int, ...]:
    return tuple(positions(layout))


def _expected_read(reads: Layout, places: Sequence[int], base: Base, which: int) -> bytes:
    if reads.conj or reads.neg:
        return read_bytes(reads, fillings(base.storage_bytes, base.dtype)[which])
    cells = _cells(base.storage_bytes, base.dtype, which, DTYPES[reads.dtype].itemsize)
    if len(places) > 1:
        return b"".join(itemgetter(*places)(cells))
    return cells[places[0]] if places else b""


def _expected_write(places: Sequence[int], base: Base, width: int) -> bytes:
    """The base after a write through the output, its bytes 1 where they are as they were and 0 elsewhere."""
    cells = [_ONES[width]] * (base.storage_bytes // width)
    zero = _ZEROS[width]
    for place in places:
        cells[place] = zero
    return b"".join(cells) + b"\x01" * (base.storage_bytes % width)


_ONES = {row.itemsize: b"\x01" * row.itemsize for row in DTYPES.values()}
_ZEROS = {row.itemsize: bytes(row.itemsize) for row in DTYPES.values()}


def _lay(base: Base, content: bytes) -> None:
    ctypes.memmove(base.address, content, base.storage_bytes)


def _lie(base: Base) -> bytes:
    return ctypes.string_at(base.address, base.storage_bytes)


def _read(output: torch.Tensor) -> bytes:
    key = (output.size(), output.dtype)
    slot = _SLOTS.get(key)
    if slot is None:
        if len(_SLOTS) >= KEPT_SLOTS:
            _SLOTS.clear()
        count = output.numel()
        stride = [1]
        for extent in reversed(key[0]):
            stride.append(stride[-1] * extent)
        room = torch.UntypedStorage(count * output.element_size())
        tensor = torch.empty(0, dtype=key[1]).set_(room, 0, key[0], stride[-2::-1])
        slot = _SLOTS[key] = (tensor, room.data_ptr(), room.nbytes())
    tensor, address, count = slot
    if not count:
        return b""
    tensor.copy_(output)
    return ctypes.string_at(address, count)


def _metadata(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.size(), tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.is_conj(), tensor.is_neg()


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
    rows = _rows(base, wanted, source)
    views = [one.shares is not None for one in wanted]
    # What the call reads, and what is read through its outputs afterwards: the element-wise filling is the one that
    # must show. Views show what was laid last, copies what was there when the call was made.
    first, last = (1, 0) if all(views) else (0, 1)
    for other in bases.values():
        if other.filled and other.storage_bytes:
            _lay(other, rows[first] if other is base else fillings(other.storage_bytes, other.dtype)[0])
    before = [_metadata(one.tensor) for one in bases.values()]
    was = torch.is_grad_enabled()
    set_grad_enabled(False)
    try:
        result = session.call(*args, **kwargs)
        outputs = (result,) if isinstance(result, torch.Tensor) else result
        if any(not isinstance(output, torch.Tensor) for output in outputs):
            raise Unhandled  # an absent tangent
        if not agree_all(outputs, wanted, bases, args[0], session.word):
            return False
        if not _operands_kept(bases, before, base, rows[first]):
            return False
        return _reads_agree(outputs, wanted, base, first, [last, *range(2, len(rows))]) and _writes_agree(
            subject, outputs, wanted, base
        )
    finally:
        set_grad_enabled(was)


def _rows(base: Base, wanted: Sequence[Output], source: str) -> tuple[bytes, ...]:
    """The fillings that the case needs, two at least. Raises Unhandled where a glance cannot do with them."""
    rows = fillings(base.storage_bytes, base.dtype)
    enough = True
    for one in wanted:
        if type(one.layout) is not Layout or (one.reads is None and one.shares is not None):
            raise Unhandled
        if (one.source or one.shares or "self") != source:
            raise Unhandled
        read_as = base.dtype if one.reads is None else one.reads.dtype
        if not one_is_enough(base.storage_bytes, base.dtype, read_as):
            # A copy would have to be made anew on each filling; bytes read as bool need a filling of bools.
            if one.shares is None or (read_as == "bool") is not (base.dtype == "bool"):
                raise Unhandled
            enough = False
        elif read_as == "bool":
            raise Unhandled
    return rows[:2] if enough else rows


def _operands_kept(bases: dict[str, Base], before: list[tuple[Any, ...]], base: Base, laid: bytes) -> bool:
    for one, metadata in zip(bases.values(), before, strict=True):
        if _metadata(one.tensor) != metadata:
            return False
        if one.filled and _lie(one) != (laid if one is base else fillings(one.storage_bytes, one.dtype)[0]):
            return False
    return True


def _reads_agree(outputs: Any, wanted: tuple[Output, ...], base: Base, first: int, later: list[int]) -> bool:
    # One read of each output tells both: which elements it reads, and whether it follows the base that is written
    # after the call. What is computed (a conversion) need only stay.
    seen: list[tuple[torch.Tensor, Output, Sequence[int], bytes]] = []
    for output, one in zip(outputs, wanted, strict=True):
        places: Sequence[int] = () if one.reads is None else _places(one.reads)
        then = _read(output) if one.reads is None else _expected_read(one.reads, places, base, first)
        seen.append((output, one, places, then))
    for which in later:
        _lay(base, fillings(base.storage_bytes, base.dtype)[which])
        for output, one, spots, then in seen:
            follows = one.shares is not None and one.reads is not None
            expected = _expected_read(one.reads, spots, base, which) if follows else then  # type: ignore[arg-type]
            if follows and expected == then and base.storage_bytes and output.numel():
                raise Unhandled  # the two fillings look the same from here
            if _read(output) != expected:
                return False
    return True


def _writes_agree(subject: Subject, outputs: Any, wanted: tuple[Output, ...], base: Base) -> bool:
    mark = marked(base.storage_bytes)
    operand = base.tensor
    traits = subject.traits
    for output, one in zip(outputs, wanted, strict=True):
        places: Sequence[int]
        layout: Layout = one.layout  # type: ignore[assignment]
        places = () if one.shares is None else _places(layout)
        if layout.conj or layout.neg:
            own = _places(layout)
            if len(set(own)) < len(own):
                raise Unhandled
        _lay(base, mark)
        version = operand._version
        output.fill_(0)
        if traits.strided and (operand._version != version) is not shares_version(traits, one):
            return False
        if _lie(base).translate(_CHANGED) != _expected_write(places, base, DTYPES[layout.dtype].itemsize):
            return False
        viewed = sees_base(traits, one)
        if traits.strided and output is not operand and not _base_agrees(output._base, base, one, viewed):
            return False
    return True


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
