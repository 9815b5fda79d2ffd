"""`python -m viewproof.stability.complex_dot`: complex dot products, by torch, by the library and by arithmetic.

Compilers differ in how a Fortran function hands back a complex number: in registers, or through a pointer that the
caller gives. torch is built for one of them, and a library that is preloaded into it may be built for the other. The
mismatch shows in this process: a routine of C's that has no such result (`cblas_cdotu_sub`) is right where
torch, which calls the function (`cdotu_`), is wrong.
"""

from __future__ import annotations

import ctypes
import sys

import msgspec

_LEFT, _RIGHT = (1 + 2j, 3 - 1j), (2 - 1j, 1j)
#: The routine, torch's overload and dtype, the parts of a number in C, and whether the left side is conjugated.
ROUTINES = (
    ("cdotu", "aten.dot.default", "complex64", ctypes.c_float, False),
    ("cdotc", "aten.vdot.default", "complex64", ctypes.c_float, True),
    ("zdotu", "aten.dot.default", "complex128", ctypes.c_double, False),
    ("zdotc", "aten.vdot.default", "complex128", ctypes.c_double, True),
)


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """One product, computed three ways, of small whole numbers: all are exact. `library` None: it has no CBLAS."""

    routine: str
    overload: str
    dtype: str
    torch: tuple[float, float]
    library: tuple[float, float] | None
    arithmetic: tuple[float, float]


def observe() -> list[Dot]:
    """Each product, in this process."""
    import torch

    found = []
    for routine, overload, dtype, part, conjugated in ROUTINES:
        left, right = (torch.tensor(numbers, dtype=getattr(torch, dtype)) for numbers in (_LEFT, _RIGHT))
        by_torch = complex((torch.vdot if conjugated else torch.dot)(left, right).item())
        exact = sum((a.conjugate() if conjugated else a) * b for a, b in zip(_LEFT, _RIGHT, strict=True))
        found.append(
            Dot(
                routine=routine,
                overload=overload,
                dtype=dtype,
                torch=(by_torch.real, by_torch.imag),
                library=_by_library(routine, part),
                arithmetic=(exact.real, exact.imag),
            )
        )
    return found


def _by_library(routine: str, part: type[ctypes.c_float | ctypes.c_double]) -> tuple[float, float] | None:
    everybody = ctypes.CDLL(None)
    if not hasattr(everybody, f"cblas_{routine}_sub"):
        return None
    left, right = (
        (part * 4)(*(value for number in numbers for value in (number.real, number.imag)))
        for numbers in (_LEFT, _RIGHT)
    )
    result = (part * 2)()
    # Two numbers, each the next one: sizes and steps are C's int, which a library of 64-bit sizes reads alike here.
    size, step = ctypes.c_int64(2), ctypes.c_int64(1)
    getattr(everybody, f"cblas_{routine}_sub")(size, left, step, right, step, result)
    return float(result[0]), float(result[1])


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(observe()).decode() + "\n")
