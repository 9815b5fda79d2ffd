"""Elements are encoded as torch stores them, in every dtype."""

import pytest
import torch

from viewproof.errors import UsageError
from viewproof.tensors.encode import encoded
from viewproof_reference.layout.dtypes import DTYPES

INTEGERS = [*range(-300, 600), 2047, 2049, 65504]
FLOATS = [0.5, 0.3, -0.0, 1e-3, -1.7, 3.14159, 2.0**-8, 2.0**-20, 447.9]


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
