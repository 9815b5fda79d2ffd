"""The forward reads the base's storage where the layout rules say, and knows what it names."""

import pytest

from viewproof_reference.inverses import DataTensor
from viewproof_reference.inverses.forward import forward
from viewproof_reference.layout import Layout, Refusal
from viewproof_reference.layout.positions import overlaps

BASE = DataTensor(Layout((2, 3), (3, 1), 0, "uint8", storage_bytes=6), bytes(range(6)))


def test_an_output_is_a_layout_over_the_bases_storage():
    view = forward("aten.select.int", BASE, 0, (1, 2))
    assert view.layout.offset == 2
    assert view.storage is BASE.storage
    assert view.values == (b"\x02", b"\x05")


def test_each_output_of_several_has_an_index():
    assert [forward("aten.unbind.int", BASE, index).values[0] for index in (0, 1)] == [b"\x00", b"\x03"]
    with pytest.raises(Refusal, match="out index"):
        forward("aten.unbind.int", BASE, 2)


def test_lazy_bits_are_resolved_in_values():
    base = DataTensor(Layout((1,), (1,), 0, "int8", storage_bytes=1), b"\x02")
    assert forward("aten._neg_view.default", base).values == (b"\xfe",)


def test_a_copy_is_no_view():
    base = DataTensor(Layout((2, 3), (1, 2), 0, "uint8", storage_bytes=6), bytes(6))
    with pytest.raises(Refusal, match="wanted a view"):
        forward("aten.reshape.default", base, 0, ((6,),))


def test_whether_a_view_names_a_place_twice():
    assert overlaps(forward("aten.unfold.default", BASE, 0, (1, 2, 1)).layout)
    assert not overlaps(BASE.layout)
