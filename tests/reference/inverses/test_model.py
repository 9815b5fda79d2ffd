"""Values and bytes: what a layout holds is what it was filled with, under every lazy bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.inverses import filled
from viewproof_reference.layout import Layout


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=6), st.booleans(), st.booleans(), st.integers(0, 2))
def test_a_filled_tensor_holds_its_values(values: list[bytes], conj: bool, neg: bool, offset: int) -> None:
    layout = Layout((len(values),), (2,), offset, "complex64", conj, neg)
    held = filled(layout, values)
    assert held.values == tuple(values)
    assert held.layout.storage_bytes == len(held.storage)


def test_the_bytes_beside_the_elements_stay():
    held = filled(Layout((2,), (2,), 1, "uint8"), [b"\x08", b"\x09"], b"\x01\x02\x03\x04\x05")
    assert held.storage == b"\x01\x08\x03\x09\x05"


def test_too_few_values_and_too_short_a_storage_are_refused():
    layout = Layout((2,), (2,), 1, "uint8")
    with pytest.raises(ValueError, match="wanted 2"):
        filled(layout, [b"\x08"])
    with pytest.raises(ValueError, match="wanted 4 bytes"):
        filled(layout, [b"\x08", b"\x09"], b"\x01")
