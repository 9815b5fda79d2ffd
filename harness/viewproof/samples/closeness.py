"""Compares two tensors' values: bit for bit for integers and bools, within the dtype's tolerance for floats."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from viewproof.tensors.numbers import Array, numbers_of
from viewproof_reference.layout.dtypes import DTYPES

#: dtype -> (relative, absolute): `|observed - expected| <= absolute + relative * |expected|`.
TOLERANCES = {
    "float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float16": (1e-3, 1e-5),
    "complex128": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5), "complex32": (1e-3, 1e-5),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Equal to the bytes of elements that are near enough to `content`, those of a tensor of `dtype`.

    `exactly`: to the same bytes alone, whatever the dtype.
    """

    dtype: str
    content: bytes
    exactly: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and self.apart(other) is None

    def __hash__(self) -> int:
        return hash((self.dtype, len(self.content)))

    def __len__(self) -> int:
        return len(self.content)

    def __repr__(self) -> str:
        return f"{'' if self.exactly else 'near '}{self.content.hex(' ')}"

    def apart(self, observed: bytes) -> tuple[str, str] | None:
        """The first element that is not near enough, as expected and as observed; None where all are."""
        return differ(self.dtype, self.content, observed, exactly=self.exactly)


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
    wanted, got = numbers_of(dtype, expected), numbers_of(dtype, observed)
    if exactly:
        width = DTYPES[dtype].itemsize
        near = (numpy.frombuffer(expected, "u1") == numpy.frombuffer(observed, "u1")).reshape(-1, width).all(axis=1)
    else:
        near = _near(dtype, wanted, got)
    if bool(near.all()):
        return None
    place = int((~near).nonzero()[0][0])
    return f"element {place} is {wanted[place].item()}", f"element {place} is {got[place].item()}"


def _near(dtype: str, wanted: Array, got: Array) -> Array:
    near: Array = wanted == got
    if DTYPES[dtype].kind not in ("float", "complex"):
        return near
    near |= numpy.isnan(wanted) & numpy.isnan(got)
    if dtype in TOLERANCES:
        relative, absolute = TOLERANCES[dtype]
        with numpy.errstate(all="ignore"):
            within = numpy.abs(wanted - got) <= absolute + relative * numpy.abs(wanted)
        near |= numpy.isfinite(wanted) & numpy.isfinite(got) & within
    return near


def tolerances_apart(dtype: str, one: bytes, other: bytes, beside: frozenset[str] = frozenset()) -> float:
    """The largest difference of two tensors' elements, in tolerances of the coarsest of `dtype` and those `beside` it.

    Infinite where an integer, a size in bytes, a NaN or an infinity differs.
    """
    if one == other:
        return 0.0
    if len(one) != len(other) or dtype not in TOLERANCES:
        return math.inf
    # The parts of complex numbers are compared each by itself.
    here, there = numbers_of(dtype, one).view("<f8"), numbers_of(dtype, other).view("<f8")
    finite = numpy.isfinite(here) & numpy.isfinite(there)
    alike = (here == there) | (numpy.isnan(here) & numpy.isnan(there))
    if not bool((finite | alike).all()):
        return math.inf
    relative, absolute = max(TOLERANCES[name] for name in {dtype, *beside} if name in TOLERANCES)
    apart = numpy.abs(here - there)[finite] / (absolute + relative * numpy.abs(here)[finite])
    return float(apart.max()) if apart.size else 0.0
