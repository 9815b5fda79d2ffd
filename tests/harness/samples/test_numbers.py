"""Numbers are the bytes that torch makes of them, in every dtype, and back."""

import pytest
import torch

from viewproof.samples.build import WORDS
from viewproof.samples.numbers import bytes_of_numbers, numbers_of
from viewproof_reference.layout.dtypes import DTYPES

NUMBERS = [0, 1, 2, 5, 1.5, -2, 3.1875, 0.1, 1 / 3, -0.7, 17.3, 0.0625, 1e-3]
FLOATS = [name for name, row in DTYPES.items() if row.kind == "float" and name != "float8_e8m0fnu"]


def content(tensor):
    return bytes(tensor.untyped_storage())


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_float_is_rounded_as_torch_rounds(dtype):
    made = torch.tensor(NUMBERS, dtype=torch.float64).to(WORDS[dtype])
    assert bytes_of_numbers(dtype, NUMBERS) == content(made)
    assert numbers_of(dtype, content(made)).tolist() == made.to(torch.float64).tolist()


@pytest.mark.parametrize(
    "dtype", ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]
)
def test_every_float_of_8_bits_is_what_torch_reads(dtype):
    every = bytes(range(256))
    read = torch.frombuffer(bytearray(every), dtype=WORDS[dtype]).to(torch.float64)
    found = torch.from_numpy(numbers_of(dtype, every).copy())
    assert torch.equal(found.nan_to_num(7e77), read.nan_to_num(7e77))
    assert torch.equal(found.isnan(), read.isnan())


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", ["complex32", "complex64", "complex128"])
def test_a_complex_number_is_its_two_parts(dtype):
    numbers = [1 + 2j, -0.1 + 0.7j, 3]
    made = torch.tensor(numbers, dtype=torch.complex128).to(WORDS[dtype])
    assert bytes_of_numbers(dtype, numbers) == content(made)
    assert numbers_of(dtype, content(made)).tolist() == made.to(torch.complex128).tolist()


@pytest.mark.parametrize("dtype", [name for name, row in DTYPES.items() if row.kind in ("int", "uint", "bool")])
def test_whole_numbers_and_bits(dtype):
    numbers = [0, 1, 2, 5] if DTYPES[dtype].kind != "int" else [0, -1, 2, 5]
    made = torch.tensor(numbers, dtype=torch.int64).to(WORDS[dtype])
    assert bytes_of_numbers(dtype, numbers) == content(made)
    assert numbers_of(dtype, content(made)).tolist() == made.to(torch.int64).tolist()
