"""The glance at values on the host: a comparison that only says whether everything agrees.

It compares what the full observation of targets/eager.py covers: reads under two fillings, a write through each output,
version counters, `_base`, operands unchanged. Fillings are written and storages read by address, without tensors. What
it does not handle is left to the full observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from viewproof.evidence.glance import agree_all
from viewproof.evidence.subject import Subject, sees_base, shares_version
from viewproof.running.session import FactsSession, lies_on, storages_of
from viewproof.tensors.bases import Base, likeness
from viewproof.tensors.fillings import fillings, marked
from viewproof.tensors.host_bytes import (
    CHANGED,
    ReadBuffer,
    Unhandled,
    ViewBytes,
    expected_read,
    left_by_write,
    read,
    room_of,
    sight_of,
    two_will_do,
)
from viewproof_reference.layout.model import Layout, Output
from viewproof_reference.layout.positions import overlaps

_set_grad_enabled = torch._C._set_grad_enabled
_set_conj, _set_neg = torch._C._set_conj, torch._C._set_neg


def _arguments(session: FactsSession, subject: Subject) -> tuple[Sequence[Any], dict[str, Any], dict[str, Base]]:
    known = session.arguments(subject)
    if known is not None:
        return known[0], {}, known[1]
    built = session.prepare(subject)
    return built.args, built.kwargs, built.bases


def values_agree(session: FactsSession, subject: Subject) -> bool:
    """Run the case once and see whether facts, reads, writes, versions and operands are all as expected.

    Raises Unhandled where the case is not one for a glance (several components, fillings of another dtype than the
    base's, copies that one filling does not tell apart); what torch raises is passed on.
    """
    wanted = subject.expectation.outputs or ()
    args, kwargs, bases = _arguments(session, subject)
    if not (kwargs or session.inplace or subject.case.storages):
        sights = _sights(wanted, bases)
        if sights:
            return _views_agree(session, subject, args, bases, sights)
    source = "self" if not wanted else wanted[0].source or wanted[0].shares or "self"
    base = bases.get(source)
    if base is None or not base.filled or subject.case.storages:
        raise Unhandled
    count = _fillings_needed(base, wanted, source)
    # The filling at the time of the call, and the one that outputs are read under afterwards. The element-wise filling
    # (0) must be the one that shows: views show the last filling, copies the one at the time of the call, and so does
    # an operand that was changed in place, whose elements may have been moved.
    first, last = (0, 1) if session.inplace or any(one.shares is None for one in wanted) else (1, 0)
    laid = [
        (other, fillings(other.storage_bytes, other.dtype)[first if other is base else 0] if other.filled else None)
        for other in bases.values()
    ]
    for other, content in laid:
        if content is not None:
            other.cells[:] = content
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


def _sights(wanted: Sequence[Output], bases: dict[str, Base]) -> list[ViewBytes]:
    """The bytes that each output must show if all are strided views of the operand; else empty."""
    base = bases.get("self")
    if base is None or not base.filled:
        return []
    found: list[ViewBytes] = []
    for layout, shares, reads, _, _ in wanted:
        if shares != "self" or layout is not reads or type(layout) is not Layout:
            return []
        sight = sight_of(layout, base.dtype)
        if sight is None or (found and len(sight.later) != len(found[0].later)):
            return []
        found.append(sight)
    return found


def _views_agree(
    session: FactsSession, subject: Subject, args: Sequence[Any], bases: dict[str, Base], sights: list[ViewBytes]
) -> bool:
    """`values_agree` for views of one operand, a fast path that most cases take."""
    operand, base, wanted, traits = args[0], bases["self"], subject.expectation.outputs or (), subject.traits
    cells, first = base.cells, sights[0].first
    laid: list[tuple[Base, bytes | None]] = []
    if len(bases) > 1:
        laid = [
            (other, fillings(other.storage_bytes, other.dtype)[0] if other.filled else None)
            for other in bases.values()
            if other is not base
        ]
        for other, content in laid:
            if content is not None:
                other.cells[:] = content
    was = torch.is_grad_enabled()
    _set_grad_enabled(False)
    try:
        cells[:] = first
        result = session.call(*args)
        outputs = (result,) if isinstance(result, torch.Tensor) else result
        if not agree_all(outputs, wanted, bases, operand, session.word) or not base.is_as_made():
            return False
        if cells.tobytes() != first or not (not laid or _operands_kept(laid)):
            return False
        for which, (content, _) in enumerate(sights[0].later):
            cells[:] = content
            for output, sight in zip(outputs, sights, strict=True):
                sight.room.tensor.copy_(output)
                if sight.room.cells.tobytes() != sight.later[which][1]:
                    return False
        for output, sight, one in zip(outputs, sights, wanted, strict=True):
            cells[:] = sight.mark
            version = operand._version
            if sight.below_bits:
                _fill_below_bits(output, one.layout)  # type: ignore[arg-type]  # a view's layout is strided
            else:
                output.zero_()
            if cells.tobytes().translate(CHANGED) != sight.written:
                return False
            if not traits.strided:
                continue
            if (operand._version != version) is not shares_version(traits, one):
                return False
            if output is not operand and not _base_agrees(output._base, base, one, sees_base(traits, one)):
                return False
        return True
    finally:
        _set_grad_enabled(was)


def _operands_kept(laid: list[tuple[Base, bytes | None]]) -> bool:
    for base, content in laid:
        if not base.is_as_made():
            return False
        if content is not None and base.cells.tobytes() != content:
            return False
    return True


def _fillings_needed(base: Base, wanted: Sequence[Output], source: str) -> int:
    """How many fillings the case needs, two at least. Raises Unhandled where they do not suffice for a glance."""
    enough = True
    for layout, shares, reads, from_, _ in wanted:
        if type(layout) is not Layout or (reads is None and shares is not None):
            raise Unhandled
        if (from_ or shares or "self") != source:
            raise Unhandled
        read_as = base.dtype if reads is None else reads.dtype
        enough &= two_will_do(base.storage_bytes, base.dtype, read_as, shares is None)
    return 2 if enough else len(fillings(base.storage_bytes, base.dtype))


def _reads_agree(outputs: Any, wanted: tuple[Output, ...], base: Base, first: int, later: list[int]) -> bool:
    # One read of each output tells both which elements it reads, and whether it follows the base that is refilled
    # after the call. A computed output (a conversion) must only stay as it is. Without later fillings, read at once.
    seen: list[tuple[torch.Tensor, Layout | None, ReadBuffer, bytes]] = []
    for output, (layout, shares, reads, _, _) in zip(outputs, wanted, strict=True):
        room = room_of(layout.size, layout.dtype)  # type: ignore[union-attr]
        then = read(output, room) if reads is None else expected_read(reads, base.storage_bytes, base.dtype, first)
        seen.append((output, None if shares is None else reads, room, then))
        if not later and read(output, room) != then:
            return False
    for which in later:
        base.cells[:] = fillings(base.storage_bytes, base.dtype)[which]
        for output, follows, room, then in seen:
            expected = then if follows is None else expected_read(follows, base.storage_bytes, base.dtype, which)
            if follows is not None and expected == then and expected:
                raise Unhandled  # the two fillings look the same from here
            if read(output, room) != expected:
                return False
    return True


def _writes_agree(subject: Subject, outputs: Any, wanted: tuple[Output, ...], base: Base) -> bool:
    count = base.storage_bytes
    mark = marked(count)
    operand = base.tensor
    traits = subject.traits
    # For an operand changed in place only the storage is compared, since it is its own version counter and base.
    tracked = traits.strided and not traits.inplace
    for output, one in zip(outputs, wanted, strict=True):
        layout: Layout = one.layout  # type: ignore[assignment]
        base.cells[:] = mark
        version = operand._version
        if (layout.conj or layout.neg) and overlaps(layout):
            _fill_below_bits(output, layout)
        else:
            output.zero_()
        if tracked and (operand._version != version) is not shares_version(traits, one):
            return False
        if base.cells.tobytes().translate(CHANGED) != (mark if one.shares is None else left_by_write(layout)):
            return False
        if tracked and output is not operand and not _base_agrees(output._base, base, one, sees_base(traits, one)):
            return False
    return True


def _fill_below_bits(output: torch.Tensor, layout: Layout) -> None:
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
    # A copy may be a view of an intermediate tensor of torch's, but not of the operand.
    return found is None or (wanted.shares is None and not is_operand)


def replay_agrees(session: FactsSession, subject: Subject) -> bool:
    """Run the case: whether each declared view, replayed on another base, is the same view of that base.

    Raises Unhandled where an output is not strided or there is no single base.
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
