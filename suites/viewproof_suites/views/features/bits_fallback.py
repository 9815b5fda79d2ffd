"""A model of torch's fallback for conj and neg bits on operators that change their operand's geometry in place.

An operator that no kernel is registered for under the bit (aten/src/ATen/native/MathBitsFallback.h) runs on a copy
whose bits are resolved. Then the operand is resized to the copy's size and the copy's elements are written into it.
So the operand keeps the strides that it had or gets contiguous ones, whatever strides the operator gave the copy; and
where those differ, elements of its storage have been overwritten.
"""

from __future__ import annotations

from typing import NamedTuple

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.features import Features, insignificant, significant
from viewproof.evidence.expectation import Expectation
from viewproof.tensors.fillings import fillings, one_is_enough
from viewproof_reference.layout import Layout, contiguous_strides, itemsize
from viewproof_reference.layout.copies import repeats
from viewproof_reference.layout.positions import needed_bytes, positions, read_bytes, touched_bytes
from viewproof_reference.layout.reshape import copy_in

FEATURES = Features()


class Fallback(NamedTuple):
    """The operand's layout before the call, after the fallback, and as wanted; and the elements in the copy.

    `copied` are the storage positions of the operand (elements) whose values the result's elements hold, in logical
    order; None for one that was never written.
    """

    before: Layout
    after: Layout
    wanted: Layout
    copied: tuple[int | None, ...]


def fallback(case: Case, expectation: Expectation) -> Fallback | None:
    """What the fallback does to the operand of an accepted in-place call; None where it has no conj or neg bit."""
    first = case.args[0]
    if not isinstance(first, TensorArgument) or not (first.layout.conj or first.layout.neg) or not expectation.outputs:
        return None
    before, (output, *_) = first.layout, expectation.outputs
    wanted = output.layout
    if not isinstance(wanted, Layout) or not output.identity:
        return None
    stride = before.stride if wanted.size == before.size else contiguous_strides(wanted.size)
    after = wanted._replace(stride=stride, offset=before.offset)
    return Fallback(before, after, wanted, _copied(case, before, wanted))


def _copied(case: Case, before: Layout, wanted: Layout) -> tuple[int | None, ...]:
    if case.operator.startswith("aten.squeeze_."):
        return tuple(positions(before))
    # The copy is dense: its storage holds the operand's elements once, in the order of the copy's strides; a resized
    # result starts at position 0 of that storage.
    resolved = copy_in(before, None).layout
    assert isinstance(resolved, Layout)
    held = dict(zip(positions(resolved), positions(before), strict=True))
    kept = wanted.size == before.size and "memory_format" not in dict(case.kwargs)
    laid = resolved if kept else wanted._replace(offset=0)
    return tuple(held.get(place) for place in positions(laid))


@FEATURES.feature("fallback-refused")
def refused(case: Case, expectation: Expectation) -> bool:
    """Torch refuses to write the elements back: a stride of 0 puts several of the operand's at one position."""
    found = fallback(case, expectation)
    return found is not None and repeats(found.after)


@FEATURES.feature("fallback-reads-others")
def reads_others(case: Case, expectation: Expectation) -> bool:
    """A read of the operand, after the call or after its storage was filled again, gives wrong elements.

    Few fillings are used, mostly two, so that two positions may hold equal bytes in all of them; that is modelled too.
    """
    found = fallback(case, expectation)
    output = (expectation.outputs or (None,))[0]
    if found is None or output is None or output.reads is None:
        return False
    room, dtype = found.before.storage_bytes, found.before.dtype
    if needed_bytes(found.after) > room:
        return False
    rows = fillings(room, dtype)
    width = itemsize(dtype)
    bare = [rows[0][place * width : (place + 1) * width] if place is not None else None for place in found.copied]
    storage = bytearray(rows[0])
    for place, value in zip(positions(found.after), bare, strict=True):
        storage[place * width : (place + 1) * width] = b"\0" * width if value is None else value
    if read_bytes(found.after, bytes(storage)) != read_bytes(output.reads, rows[0]):
        return True
    count = 2 if one_is_enough(room, dtype, output.reads.dtype) else len(rows)
    return any(read_bytes(found.after, row) != read_bytes(output.reads, row) for row in rows[1:count])


@FEATURES.feature("fallback-other-stride")
def _fallback_other(case: Case, expectation: Expectation) -> bool:
    """The operand ends with a wrong stride among those that an element depends on."""
    found = fallback(case, expectation)
    return found is not None and significant(found.after) != significant(found.wanted)


@FEATURES.feature("fallback-other-free-stride")
def _fallback_other_free(case: Case, expectation: Expectation) -> bool:
    """The operand ends with a wrong stride among those that no element depends on."""
    found = fallback(case, expectation)
    return found is not None and insignificant(found.after) != insignificant(found.wanted)


@FEATURES.feature("fallback-writes-fewer")
def _fallback_fewer(case: Case, expectation: Expectation) -> bool:
    """The operand ends covering only some of the bytes that it should cover, and no others."""
    found = fallback(case, expectation)
    return found is not None and touched_bytes(found.after) < touched_bytes(found.wanted)


@FEATURES.feature("fallback-writes-others")
def _fallback_others(case: Case, expectation: Expectation) -> bool:
    """The operand ends covering a byte that it should not cover."""
    found = fallback(case, expectation)
    return found is not None and not touched_bytes(found.after) <= touched_bytes(found.wanted)
