"""Numbers as the bytes of elements, and back, in every dtype, by numpy alone: no operator of torch's takes part."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy

from viewproof.errors import UsageError
from viewproof_reference.layout.dtypes import DTYPES

Array = numpy.ndarray[Any, Any]

#: The dtypes that numpy has, as it calls them.
_PLAIN = {
    "bool": "u1", "uint8": "u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8", "int8": "i1", "int16": "<i2",
    "int32": "<i4", "int64": "<i8", "float16": "<f2", "float32": "<f4", "float64": "<f8", "complex64": "<c8",
    "complex128": "<c16",
}  # fmt: skip


class _Small(NamedTuple):
    """A float of 8 bits: those of its mantissa, its exponent's bias, and which of its bytes are no finite numbers."""

    mantissa: int
    bias: int
    infinite: frozenset[int]
    nan: frozenset[int]


_SMALL = {
    "float8_e4m3fn": _Small(3, 7, frozenset(), frozenset({0x7F, 0xFF})),
    "float8_e5m2": _Small(2, 15, frozenset({0x7C, 0xFC}), frozenset({*range(0x7D, 0x80), *range(0xFD, 0x100)})),
    "float8_e4m3fnuz": _Small(3, 8, frozenset(), frozenset({0x80})),
    "float8_e5m2fnuz": _Small(2, 16, frozenset(), frozenset({0x80})),
}  # fmt: skip


#: This dtype has no sign, and powers of two alone.
_POWERS = "float8_e8m0fnu"


@lru_cache(maxsize=8)
def _table(dtype: str) -> Array:
    """The number that each byte of a float of 8 bits stands for."""
    if dtype == _POWERS:
        return numpy.array([*[2.0 ** (byte - 127) for byte in range(255)], numpy.nan])
    form = _SMALL[dtype]
    found = []
    for byte in range(256):
        sign = -1.0 if byte & 0x80 else 1.0
        exponent, fraction = (byte & 0x7F) >> form.mantissa, byte & ((1 << form.mantissa) - 1)
        if byte in form.nan:
            found.append(numpy.nan)
        elif byte in form.infinite:
            found.append(sign * numpy.inf)
        else:
            whole = fraction / (1 << form.mantissa) + (1 if exponent else 0)
            found.append(sign * whole * 2.0 ** (max(exponent, 1) - form.bias))
    return numpy.array(found)


def numbers_of(dtype: str, data: bytes) -> Array:
    """The elements, as float64, complex128, or integers of the dtype's own width. Raises KeyError for no dtype of ours.

    A bool is 1 where its byte is not 0.
    """
    kind = DTYPES[dtype].kind
    found: Array
    if dtype == "bfloat16":
        found = numpy.frombuffer(data, "<u2").astype("<u4") << 16
        found = found.view("<f4")
    elif dtype == "complex32":
        found = numpy.frombuffer(data, "<f2").astype("<f8")
        found = found.view("<c16")
    elif dtype in _PLAIN:
        found = numpy.frombuffer(data, _PLAIN[dtype])
    else:
        found = _table(dtype)[numpy.frombuffer(data, "u1")]
    if kind == "bool":
        found = found != 0
        return found.astype("u1")
    return found.astype("<c16" if kind == "complex" else "<f8") if kind in ("float", "complex") else found


def bytes_of_numbers(dtype: str, numbers: Sequence[complex]) -> bytes:
    """Numbers as the elements of a dtype, rounded as torch does: to the nearest, or the even one of two.

    Whole dtypes keep the whole part. Raises ArithmeticError where the dtype cannot hold one of them, and KeyError as
    above.
    """
    row = DTYPES[dtype]
    if row.kind == "bool":
        return bytes([number != 0 for number in numbers])
    if row.kind in ("int", "uint"):
        signed = row.kind == "int"
        return b"".join([int(one.real).to_bytes(row.itemsize, "little", signed=signed) for one in numbers])
    wide: Array = numpy.array(numbers, "<c16" if row.kind == "complex" else "<f8")
    with numpy.errstate(over="raise"):
        if dtype in _PLAIN:
            return wide.astype(_PLAIN[dtype]).tobytes()
        if dtype == "complex32":
            return wide.view("<f8").astype("<f2").tobytes()
        if dtype == "bfloat16":
            bits: Array = wide.astype("<f4").view("<u4")
            rounded: Array = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
            return rounded.astype("<u2").tobytes()
    return _small(dtype, wide)


def _small(dtype: str, wide: Array) -> bytes:
    table = _table(dtype)
    # The numbers from 0 on are those of the first bytes, rising.
    rising = table[numpy.isfinite(table) & ~numpy.signbit(table)]
    magnitudes = numpy.abs(wide)
    # The even one of two that are as near is the one whose byte is even: those are looked at first.
    codes = numpy.array([*range(0, len(rising), 2), *range(1, len(rising), 2)], "u1")
    found = codes[numpy.abs(rising[codes] - magnitudes[:, None]).argmin(axis=1)]
    if not (magnitudes <= rising[-1]).all() or (dtype == _POWERS and (table[found] != wide).any()):
        raise OverflowError(f"a number is beyond {dtype}")
    # Where 0 has no sign, the byte is that of NaN.
    negative = numpy.signbit(wide) & ~numpy.isnan(table[found | 0x80])
    content: Array = numpy.where(negative, found | 0x80, found)
    return content.tobytes()


def encoded(value: complex, dtype: str) -> bytes:
    """One element of `dtype` that holds `value`. Raises UsageError where the dtype cannot hold it."""
    try:
        return bytes_of_numbers(dtype, [value])
    except ArithmeticError:
        raise UsageError(f"no element of {dtype} can hold {value}") from None
