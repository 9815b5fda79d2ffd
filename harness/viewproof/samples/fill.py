"""What lies in the tensors of a sample: numbers that follow from the layout and the place alone. No torch, no seed.

A tensor without known values holds, at each place of its storage, the next number of a sequence that spreads evenly:
floats between -2 and 2 (16 apart from each other), small integers, bits. Each tensor of a call begins elsewhere in it.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

from viewproof.cases.model import TensorArgument
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.positions import positions

Number = int | float | complex

#: Kronecker's sequence of the golden ratio: multiples of it, less their whole part, lie evenly between 0 and 1.
_STEP = 0.6180339887498949
_SHIFT = 0.3247179572447460


def _spread(place: int, number: int) -> float:
    """The number between 0 and 1 at a place of tensor `number` of a call."""
    return ((place + 1) * _STEP + number * _SHIFT) % 1.0


def _plain(dtype: str, place: int, number: int, domain: str) -> Number:
    kind = DTYPES[dtype].kind
    spread = _spread(place, number)
    if kind == "bool":
        return int(spread < 0.5)
    if kind in ("int", "uint"):
        return int(spread * 5) + (1 if kind == "uint" else -2)
    if domain == "unit":
        real, imaginary = 0.02 + 0.96 * spread, 0.02 + 0.96 * _spread(place, number + 7)
    elif domain == "above":
        real, imaginary = 1.05 + 1.9 * spread, 1.05 + 1.9 * _spread(place, number + 7)
    else:
        real, imaginary = 4 * spread - 2, 4 * _spread(place, number + 7) - 2
    return complex(real, imaginary) if kind == "complex" else real


def _matrix(side: int, which: int, number: int, domain: str, dtype: str) -> list[Number]:
    """One matrix, row-major: lower triangular, or the product of that with its own adjoint."""
    rows: list[list[Number]] = [
        [
            0.5 + _spread(which + row, number)
            if row == column
            else _plain(dtype, which + row * side + column, number, "unit")
            if row > column
            else 0.0
            for column in range(side)
        ]
        for row in range(side)
    ]
    if domain == "triangular":
        return [value for row in rows for value in row]
    return [
        sum((one * complex(other).conjugate() if isinstance(other, complex) else one * other)
            for one, other in zip(rows[row], rows[column], strict=True))
        for row in range(side)
        for column in range(side)
    ]  # fmt: skip


def _logical(argument: TensorArgument, number: int, domain: str) -> list[Number] | None:
    """The elements in row-major order, where they are said by their order and not by their place."""
    size, dtype = argument.layout.size, argument.layout.dtype
    count = prod(size)
    if argument.values is not None:
        return list(argument.values)
    if domain in ("spd", "triangular"):
        side = size[-1]
        step = side * side
        return [value for which in range(count // step if step else 0)
                for value in _matrix(side, which * step, number, domain, dtype)]  # fmt: skip
    if domain == "ascending":
        row = size[-1] if size else 1
        whole = DTYPES[dtype].kind in ("int", "uint")
        return [(place % row) * (1 if whole else 0.5) - (0 if whole else 1) for place in range(count)] if row else []
    return None


@lru_cache(maxsize=8192)
def contents(argument: TensorArgument, number: int, domain: str = "") -> tuple[Number, ...]:
    """The elements of the argument's whole storage, of its dtype; `number` is the tensor's place in the call.

    An element that the tensor's order says lies at its position; what is beside the tensor holds the sequence.
    """
    layout = argument.layout
    found = [
        _plain(layout.dtype, place, number, domain)
        for place in range(layout.storage_bytes // DTYPES[layout.dtype].itemsize)
    ]
    said = _logical(argument, number, domain)
    if said is not None:
        for place, value in zip(positions(layout), said, strict=True):
            found[place] = value
    return tuple(found)
