"""Numbers as the bytes of an element, little-endian, without torch, rounded as torch does: to nearest, ties to even."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from viewproof.errors import UsageError
from viewproof_reference.layout.dtypes import DTYPES

_STRUCT = {"float16": "<e", "float32": "<f", "float64": "<d"}
#: Exponent bits, mantissa bits and bias of the dtypes of 8 bits, and whether they have infinities.
_SMALL = {
    "float8_e4m3fn": (4, 3, 7, False),
    "float8_e5m2": (5, 2, 15, True),
    "float8_e4m3fnuz": (4, 3, 8, False),
    "float8_e5m2fnuz": (5, 2, 16, False),
}


@lru_cache(maxsize=8)
def _small_values(dtype: str) -> list[tuple[float, int]]:
    """The finite numbers from 0 on of a dtype of 8 bits, rising, each with its code."""
    exponent_bits, mantissa_bits, bias, infinities = _SMALL[dtype]
    last = 1 << (exponent_bits + mantissa_bits)
    if infinities:
        last -= 1 << mantissa_bits
    elif not dtype.endswith("fnuz"):
        last -= 1  # the code of NaN
    found = []
    for code in range(last):
        exponent, mantissa = code >> mantissa_bits, code & ((1 << mantissa_bits) - 1)
        whole = mantissa + (1 << mantissa_bits) if exponent else mantissa
        found.append((math.ldexp(whole, max(exponent, 1) - bias - mantissa_bits), code))
    return found


def _small(value: float, dtype: str) -> bytes:
    finite = _small_values(dtype)
    magnitude = abs(value)
    if magnitude > finite[-1][0]:
        raise OverflowError
    # Ties go to the even code, which is the even mantissa.
    _, code = min(finite, key=lambda one: (abs(one[0] - magnitude), one[1] & 1))
    negative = math.copysign(1, value) < 0 and not (code == 0 and dtype.endswith("fnuz"))
    return bytes([code | 0x80 if negative else code])


def _power(value: float) -> bytes:
    mantissa, exponent = math.frexp(value)
    if mantissa != 0.5 or not -126 <= exponent <= 128:  # from 2**-127 to 2**127
        raise OverflowError
    return bytes([exponent - 1 + 127])


def _bfloat16(value: float) -> bytes:
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    return struct.pack("<I", bits + 0x7FFF + ((bits >> 16) & 1))[2:]


def _float(value: float, dtype: str) -> bytes:
    if dtype in _STRUCT:
        return struct.pack(_STRUCT[dtype], value)
    if dtype == "bfloat16":
        return _bfloat16(value)
    return _power(value) if dtype == "float8_e8m0fnu" else _small(value, dtype)


Number = int | float | complex


def _encoder(dtype: str) -> Callable[[Any], bytes]:
    row = DTYPES[dtype]
    if row.kind == "bool":
        return lambda value: bytes([bool(value)])
    if row.kind in ("int", "uint"):
        return lambda value: int(value).to_bytes(row.itemsize, "little", signed=row.kind == "int")
    if row.real is not None:
        real = row.real
        return lambda value: _float(value.real, real) + _float(value.imag, real)
    return lambda value: _float(value, dtype)


def encoded(value: Number, dtype: str) -> bytes:
    """One element of `dtype` that holds `value`. Raises UsageError where the dtype cannot hold it."""
    try:
        return _encoder(dtype)(value)
    except (OverflowError, struct.error):
        raise UsageError(f"no element of {dtype} can hold {value}") from None


def decoded(content: bytes, dtype: str) -> list[complex]:
    """The numbers that elements of this dtype hold. Raises KeyError for a float of 8 bits."""
    row = DTYPES[dtype]
    width = row.itemsize
    cells = [content[start : start + width] for start in range(0, len(content), width)]
    if row.real is not None:
        half = width // 2
        return [complex(_real(cell[:half], row.real), _real(cell[half:], row.real)) for cell in cells]
    return [complex(_real(cell, dtype)) for cell in cells]


_PACKED = {"float16": "<e", "float32": "<f", "float64": "<d"}


def _real(cell: bytes, dtype: str) -> float:
    if dtype == "bfloat16":
        return float(struct.unpack("<f", b"\0\0" + cell)[0])
    if dtype in _PACKED:
        return float(struct.unpack(_PACKED[dtype], cell)[0])
    signed = dtype.startswith("int")
    return float(int.from_bytes(cell, "little", signed=signed))
