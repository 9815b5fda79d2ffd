"""Compares two tensors' values: bit for bit for integers and bools, within the dtype's tolerance for floats."""

from __future__ import annotations

import math

import torch

from viewproof.samples.build import WORDS
from viewproof_reference.layout.dtypes import DTYPES

#: dtype -> (relative, absolute): `|observed - expected| <= absolute + relative * |expected|`.
TOLERANCES = {
    "float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float16": (1e-3, 1e-5),
    "complex128": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5), "complex32": (1e-3, 1e-5),
}  # fmt: skip


def differ(dtype: str, expected: bytes, observed: bytes, *, exactly: bool = False) -> tuple[str, str] | None:
    """The first element that differs, as expected and as observed; None where all are near enough.

    A NaN equals a NaN. `exactly` asks for equal bytes, whatever the dtype.
    """
    if expected == observed:
        return None
    if len(expected) != len(observed):
        return f"{len(expected)} bytes", f"{len(observed)} bytes"
    if dtype not in DTYPES:
        return "other bytes", "these bytes"
    wanted, got = values_of(dtype, expected), values_of(dtype, observed)
    if exactly:
        width = DTYPES[dtype].itemsize
        starts = range(0, len(expected), width)
        near = torch.tensor([expected[at : at + width] == observed[at : at + width] for at in starts])
    else:
        relative, absolute = TOLERANCES.get(dtype, (0.0, 0.0))
        near = (wanted == got) | (wanted.isnan() & got.isnan())
        if dtype in TOLERANCES:
            near |= wanted.isfinite() & got.isfinite() & ((wanted - got).abs() <= absolute + relative * wanted.abs())
    if bool(near.all()):
        return None
    place = int((~near).nonzero()[0])
    return f"element {place} is {wanted[place].item()}", f"element {place} is {got[place].item()}"


def tolerances_apart(dtype: str, one: bytes, other: bytes, beside: frozenset[str] = frozenset()) -> float:
    """The largest difference of two tensors' elements, in tolerances of the coarsest of `dtype` and those `beside` it.

    Infinite where an integer, a size in bytes, a NaN or an infinity differs.
    """
    if one == other:
        return 0.0
    if len(one) != len(other) or dtype not in TOLERANCES:
        return math.inf
    here, there = values_of(dtype, one), values_of(dtype, other)
    if here.is_complex():
        here, there = torch.view_as_real(here), torch.view_as_real(there)
    finite = here.isfinite() & there.isfinite()
    alike = (here == there) | (here.isnan() & there.isnan())
    if not bool((finite | alike).all()):
        return math.inf
    relative, absolute = max(TOLERANCES[name] for name in {dtype, *beside} if name in TOLERANCES)
    apart = (here - there).abs()[finite] / (absolute + relative * here.abs()[finite])
    return float(apart.max()) if apart.numel() else 0.0


def values_of(dtype: str, data: bytes) -> torch.Tensor:
    """The elements, as float64, complex128 or int64. Raises KeyError for a dtype of no known width."""
    found = torch.frombuffer(bytearray(data), dtype=WORDS[dtype])
    wide = torch.complex128 if found.is_complex() else torch.float64 if found.is_floating_point() else torch.int64
    return found.to(wide)
