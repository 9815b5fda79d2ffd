"""Numbers as the bytes of an element, and back, in each dtype, without torch."""

from __future__ import annotations

import struct

from viewproof_reference.layout.dtypes import DTYPES

#: The exponent's bias and the number of mantissa bits of each float dtype (c10/util/Float8_*.h, Half.h, BFloat16.h).
_FLOATS = {"float16": (15, 10), "bfloat16": (127, 7), "float32": (127, 23), "float64": (1023, 52)}


def encoded(value: int, dtype: str) -> bytes:
    """The bytes of a whole number, little-endian. Raises KeyError for a float of 8 bits, OverflowError out of range."""
    row = DTYPES[dtype]
    if row.real is not None:
        return encoded(value, row.real) + bytes(row.itemsize // 2)
    if row.kind == "bool":
        return b"\x01" if value else b"\x00"
    if row.kind != "float":
        return value.to_bytes(row.itemsize, "little", signed=value < 0)
    bias, mantissa = _FLOATS[dtype]
    if value == 0:
        return bytes(row.itemsize)
    size = abs(value)
    exponent = size.bit_length() - 1
    fraction = ((size << mantissa) >> exponent) - (1 << mantissa)
    bits = ((exponent + bias) << mantissa) | fraction
    if value < 0:
        bits |= 1 << (8 * row.itemsize - 1)
    return bits.to_bytes(row.itemsize, "little")


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
