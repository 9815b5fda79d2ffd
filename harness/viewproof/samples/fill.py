"""Generates the numbers in a sample's tensors, from the layout and the element's position alone: no torch, no seed.

A verdict must not depend on how a machine rounds. So the numbers of a float tensor are odd multiples of a power of two:
no two of one tensor are alike, none is near 0, an integer or a half, each is exact in its dtype, and so are products
and short sums of them in float32, in whatever order a library adds. They are scattered, so that the matrices that they
make have full rank; where an operator asks for more of its operand, a domain gives it by construction. docs/samples.md
says more.

Integers are small, from -2 to 2 (1 to 5 where they have no sign), and repeat; bits are either.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt, prod
from typing import NamedTuple

from viewproof.cases.model import TensorArgument
from viewproof.samples.cases import MATRICES
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.positions import positions

Number = int | float | complex

#: Kronecker's sequence of the golden ratio, for what may repeat: multiples of it, less their whole part, lie evenly.
_STEP = 0.6180339887498949
_SHIFT = 0.3247179572447460

#: Bits of the significand, the leading one counted; a complex dtype has those of its parts.
_PRECISION = {"bfloat16": 8, "float8_e4m3fn": 4, "float8_e4m3fnuz": 4, "float8_e5m2": 3, "float8_e5m2fnuz": 3}
#: The most that is used, also of wider dtypes. Most tensors need fewer bits to tell their elements apart.
_MOST_BITS = 11
_BITS = 8
#: Powers of two are all that this dtype has.
_POWERS = "float8_e8m0fnu"


class _Range(NamedTuple):
    """Where the numbers of a domain begin, how many grid steps lie between two of them, how many of their bits are
    above the point, and how many have no choice.
    """

    start: float
    stride: int
    whole: int
    fixed: int


#: `unit` keeps away from both ends, where logarithms and quotients have no bounds.
_RANGES = {"": _Range(-2, 2, 1, 0), "unit": _Range(1 / 8, 6, 0, 3), "above": _Range(1, 2, 2, 2)}
_PLAIN = _RANGES[""]


def _spread(place: int, number: int) -> float:
    """A number between 0 and 1 at a place of tensor `number` of a call; what it gives for two places may be near."""
    return ((place + 1) * _STEP + number * _SHIFT) % 1.0


@lru_cache(maxsize=256)
def _bits(dtype: str, count: int, number: int, domain: str) -> int:
    """How many bits tell `count` elements apart, within what the dtype can hold.

    The numbers of the first tensor of a call are finer than those of any other: none is a multiple of one of these, nor
    equal to one.
    """
    most = _PRECISION.get(dtype, _MOST_BITS) - (number > 0)
    wanted = (count - 1).bit_length() + _RANGES.get(domain, _PLAIN).fixed
    return min(most, max(_BITS - (number > 0), wanted))


def _scattered(place: int, number: int, bits: int) -> int:
    """The image of `place` (below 2^bits) under an irregular permutation, another one for each `number`."""
    mask, half = (1 << bits) - 1, (bits + 1) // 2
    found = (place * 0x9E5 + number * 0x6D3 + 0x35) & mask
    found ^= found >> half
    found = (found * 0x2C5 + number * 0x1B9) & mask
    found ^= found >> half
    return found * 0x3AD & mask


def _float(dtype: str, place: int, number: int, bits: int, domain: str) -> float:
    """An odd multiple of a power of two: one of 2^bits in (-2, 2), or of fewer in (1/8, 7/8) or (1, 3)."""
    most = _PRECISION.get(dtype, _MOST_BITS)
    start, stride, whole, fixed = _RANGES.get(domain, _PLAIN)
    if most < _BITS and fixed:
        return 0.25 + (place + number) % 2 / 2 if domain == "unit" else 1.5 + (place + number) % 2
    index = _scattered(place % (1 << bits - fixed), number, bits - fixed)
    found = start + (stride * index + stride // 2) * 2.0 ** (whole - bits)
    return found if number or bits == most else found + 2.0 ** (whole - most)


def _plain(dtype: str, place: int, number: int, bits: int, domain: str) -> Number:
    kind = DTYPES[dtype].kind
    if kind == "bool":
        return int(_spread(place, number) < 0.5)
    if kind in ("int", "uint"):
        return int(_spread(place, number) * 5) + (1 if kind == "uint" else -2)
    if dtype == _POWERS:
        return 2.0 ** (_scattered(place % 8, number, 3) - 4)
    real = _float(dtype, place, number, bits, domain)
    return complex(real, _float(dtype, place, number + 7, bits - (number == 0), domain)) if kind == "complex" else real


def _matrix(side: int, which: int, number: int, domain: str, dtype: str) -> list[Number]:
    """One matrix, row-major, every place of it as `domain` wants it; its condition number stays below 2 * side + 2.

    One element of each row and column dominates, and each dominates otherwise, so that singular values and eigenvalues
    lie apart. Those of `invertible` lie beside the diagonal, so that whoever looks for pivots exchanges rows.
    """
    bits = _bits(dtype, side * side, number, "")
    ahead = 1 if domain == "invertible" and side > 1 else 0

    def element(row: int, column: int) -> Number:
        if column == (row + ahead) % side:
            return 1 + row / 2 if domain == "invertible" else 1 + row / 4
        if domain != "invertible" and row < column:
            return 0.0
        return _plain(dtype, which + row * side + column, number, bits, "") / 32

    rows = [[element(row, column) for column in range(side)] for row in range(side)]
    if domain != "spd":
        return [value for row in rows for value in row]
    return [
        sum((one * complex(other).conjugate() if isinstance(other, complex) else one * other)
            for one, other in zip(rows[row], rows[column], strict=True))
        for row in range(side)
        for column in range(side)
    ]  # fmt: skip


def _matrices(argument: TensorArgument, number: int, domain: str) -> list[Number]:
    """The matrices of the last two dimensions; where these are not square, the one that all elements make."""
    size, dtype = argument.layout.size, argument.layout.dtype
    count = prod(size)
    side = size[-1] if len(size) > 1 and size[-1] == size[-2] else isqrt(count)
    step = side * side
    return [value for which in range(count // step if step else 0)
            for value in _matrix(side, which * step, number, domain, dtype)]  # fmt: skip


def _logical(argument: TensorArgument, number: int, domain: str) -> list[Number] | None:
    """The elements in row-major order, where they are said by their order and not by their place."""
    size, dtype = argument.layout.size, argument.layout.dtype
    count = prod(size)
    if argument.values is not None:
        return list(argument.values)
    if domain in MATRICES:
        return _matrices(argument, number, domain)
    if domain == "ascending":
        row = size[-1] if size else 1
        whole = DTYPES[dtype].kind in ("int", "uint")
        return [(place % row) * (1 if whole else 0.5) - (0 if whole else 1) for place in range(count)] if row else []
    return None


@lru_cache(maxsize=8192)
def contents(argument: TensorArgument, number: int, domain: str = "") -> tuple[Number, ...]:
    """The elements of the argument's whole storage, of its dtype; `number` is the tensor's place in the call.

    Elements that depend on the tensor's order lie at their positions; the rest of the storage holds the sequence.
    """
    layout = argument.layout
    count = layout.storage_bytes // DTYPES[layout.dtype].itemsize
    bits = _bits(layout.dtype, count, number, domain)
    found = [_plain(layout.dtype, place, number, bits, domain) for place in range(count)]
    said = _logical(argument, number, domain)
    if said is not None:
        for place, value in zip(positions(layout), said, strict=True):
            found[place] = value
    return tuple(found)
