"""Numbers are the bytes that torch makes of them, in every dtype, and back; what a dtype cannot hold is refused."""

import pytest
import torch

from viewproof.errors import UsageError
from viewproof.samples.build import WORDS
from viewproof.tensors.numbers import bytes_of_numbers, encoded, numbers_of
from viewproof_reference.layout.dtypes import DTYPES

INTEGERS = [*range(-300, 600), 2047, 2049, 65504]
FLOATS = [0.5, 0.3, -0.0, 1e-3, -1.7, 3.14159, 2.0**-8, 2.0**-20, 447.9]
NUMBERS = [0, 1, 2, 5, 1.5, -2, 3.1875, 0.1, 1 / 3, -0.7, 17.3, 0.0625, 1e-3]
OF_FLOATS = [name for name, row in DTYPES.items() if row.kind == "float" and name != "float8_e8m0fnu"]


def content(tensor):
    return bytes(tensor.untyped_storage())


@pytest.mark.parametrize("dtype", OF_FLOATS)
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


def _torchs(value, dtype):
    wide = (
        torch.complex128 if isinstance(value, complex) else torch.float64 if isinstance(value, float) else torch.int64
    )
    return torch.tensor([value], dtype=wide).to(getattr(torch, dtype)).view(torch.uint8).numpy().tobytes()


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", DTYPES)
def test_elements_are_torchs(dtype):
    values = [*INTEGERS, *(FLOATS if DTYPES[dtype].kind in {"bool", "float", "complex"} else [])]
    if DTYPES[dtype].kind == "complex":
        values += [1 + 2j, -0.3 + 0.7j]
    found = []
    for value in values:
        try:
            found.append((value, encoded(value, dtype)))
        except UsageError:
            continue  # what torch wraps, or makes infinite, is refused
    assert len(found) > 9
    for value, element in found:
        assert element == _torchs(value, dtype), value


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(256, "uint8"), (-1, "uint16"), (128, "int8"), (70000, "float16"), (449, "float8_e4m3fn"), (3, "float8_e8m0fnu")],
)
def test_what_a_dtype_cannot_hold_is_said(value, dtype):
    with pytest.raises(UsageError, match=f"no element of {dtype} can hold {value}"):
        encoded(value, dtype)
