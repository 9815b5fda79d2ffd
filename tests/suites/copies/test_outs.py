"""Outs of every kind lie in storages with room, and are what their kind says."""

import pytest

from viewproof_reference.layout.algebra import span
from viewproof_reference.layout.copies import repeats
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import element_count
from viewproof_suites.copies import outs

SIZES = [(), (1,), (5,), (2, 3), (0, 2), (2, 1, 3)]


@pytest.mark.parametrize("kind", outs.KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_a_kernel_that_writes_a_block_stays_within_the_storage(kind, size):
    made = kind(size, "int16")
    if made is None or kind in (outs.too_small, outs.nothing):
        return
    layout = made.layout
    reach = max(span(layout.size, layout.stride), element_count(size))
    assert (layout.offset + reach) * itemsize(layout.dtype) < layout.storage_bytes
    assert element_count(size) * 2 < layout.storage_bytes


def test_kinds_are_what_they_say():
    size = (2, 3)
    assert outs.stepped(size, "int16").layout.stride == (6, 2)
    assert outs.reversed_order(size, "int16").layout.stride == (1, 2)
    assert outs.padded(size, "int16").layout.stride == (5, 1)
    assert outs.too_large(size, "int16").layout.size == (2, 2, 3)
    assert outs.flat(size, "int16").layout.size == (6,)
    assert repeats(outs.expanded(size, "int16").layout)
    assert outs.expanded((1,), "int16") is None
    assert outs.same_width(size, "int64").layout.dtype == "float64"
    assert outs.lazy(size, "complex64").layout.conj
    assert outs.lazy(size, "float32").layout.neg
    assert outs.lazy(size, "int16") is None


def test_every_turn_finds_a_kind():
    for turn in range(2 * len(outs.KINDS)):
        assert outs.one_of(turn, (), "bool").layout.dtype
