"""Fillings: together they tell every two bytes apart, and no float reads as NaN."""

import itertools

import pytest
import torch

from viewproof.tensors.fillings import fillings, marked, one_is_enough
from viewproof_reference.layout.dtypes import DTYPES

SIZES = (0, 1, 2, 3, 16, 64, 65, 400, 4096, 4100, 9000)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", SIZES)
def test_fillings_tell_every_two_bytes_apart(count, dtype):
    rows = fillings(count, dtype)
    assert len(rows) >= 2, "a change of the base can be seen"
    assert all(len(row) == count for row in rows)
    assert len(set(zip(*rows, strict=True))) == count


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", SIZES)
def test_only_bool_is_filled_with_zeros(count, dtype):
    values = set(itertools.chain.from_iterable(fillings(count, dtype)))
    assert values <= ({0, 1} if dtype == "bool" else set(range(1, 65)))


@pytest.mark.parametrize("read_as", [name for name, row in DTYPES.items() if row.kind in ("float", "complex")])
@pytest.mark.parametrize("dtype", [name for name in DTYPES if name != "bool"])
def test_no_float_reads_as_nan(dtype, read_as):
    for row in fillings(4096, dtype):
        floats = DTYPES[read_as].real or read_as
        seen = torch.frombuffer(bytearray(row), dtype=torch.uint8).view(getattr(torch, floats))
        assert not torch.isnan(seen.to(torch.float64)).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 16, 64, 80, 4096, 8192, 16384])
def test_one_filling_is_enough_where_it_says_so(count, dtype):
    width = DTYPES[dtype].itemsize
    if one_is_enough(count, dtype, dtype):
        first = fillings(count, dtype)[0]
        elements = [first[start : start + width] for start in range(0, count, width)]
        assert len(set(elements)) == len(elements)


def test_one_filling_is_not_enough_for_other_widths_and_bools():
    assert not one_is_enough(16, "float32", "int8")
    assert not one_is_enough(16, "bool", "bool")
    assert one_is_enough(16, "float32", "int32")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_write_of_zero_shows_on_the_mark(dtype):
    assert 0 not in marked(32)
    width = DTYPES[dtype].itemsize
    assert len(marked(3 * width)) == 3 * width


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [16, 64, 400, 4096])
def test_every_element_changes_from_the_first_filling_to_the_last(count, dtype):
    """So that a view that does not follow its base shows, whichever elements it has."""
    rows = fillings(count, dtype)
    other = rows[-1] if dtype == "bool" else rows[1]
    width = DTYPES[dtype].itemsize
    assert all(rows[0][start : start + width] != other[start : start + width] for start in range(0, count, width))
