"""Arguments of the operators that read the same bytes as something else: view.dtype, real, imag, conj and their kin."""

from __future__ import annotations

from functools import cache

from viewproof.generate.bases import EVERY, argument
from viewproof.generate.grid import Grid
from viewproof.generate.placements import Placement
from viewproof.generate.registry import Calls, arguments
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout, Size


@cache
def _respelled(size: Size, stride: Size, offset: int, dtype: str, lazy: bool) -> Calls:
    width = itemsize(dtype)
    good: list[str] = []
    bad: list[str] = []
    for turn in range(len(EVERY)):
        target = EVERY[(turn + len(size) + offset + sum(size)) % len(EVERY)]
        other = itemsize(target)
        if target == dtype:
            fits = True
        elif lazy:
            fits = False
        elif other == width:
            fits = True
        elif not size or stride[-1] != 1:
            fits = False
        elif other < width:
            fits = True
        else:
            times = other // width
            fits = size[-1] % times == 0 and offset % times == 0 and all(step % times == 0 for step in stride[:-1])
        (good if fits else bad).append(target)
    return Calls(Grid(good), Grid(bad))


@arguments("view.dtype", dtypes="all", weight=4, without=("conj", "neg"))
def view_dtype(layout: Layout) -> Calls:
    return _respelled(layout.size, layout.stride, layout.offset, layout.dtype, layout.conj or layout.neg)


_SIX = Placement((2, 3), (3, 1), 0, 6)
_FOUR = Placement((2, 2), (2, 1), 0, 4)
NOT_COMPLEX = (argument(_SIX, "float32"), argument(_SIX, "int64"), argument(_FOUR, "bool"))
LAZY = (argument(_SIX, "complex64", "conj"), argument(_FOUR, "complex128", "conj"))
NOT_PAIRS = (
    argument(_SIX, "float32"), argument(_FOUR, "int64"), argument(_FOUR, "bfloat16"), argument(_FOUR, "complex64"),
    argument(Placement((), (), 0, 1), "float32"), argument(Placement((2, 2), (1, 2), 0, 4), "float64"),
    argument(Placement((3, 2), (3, 1), 0, 9), "float32"), argument(Placement((2, 2), (2, 1), 1, 5), "float32"),
    argument(Placement((0,), (1,), 0, 0), "float32"),
)  # fmt: skip


@arguments("view_as_real.default", dtypes="complex", odd=(*NOT_COMPLEX, *LAZY), without=("conj",))
@arguments("imag.default", dtypes="complex", odd=NOT_COMPLEX)
@arguments("view_as_complex.default", dtypes="pairs", odd=NOT_PAIRS, without=("conj",))
@arguments("_conj.default", dtypes="complex", odd=NOT_COMPLEX)
@arguments("_neg_view.default", "real.default", "conj.default", dtypes="all")
@arguments("resolve_conj.default", "resolve_neg.default", dtypes="all")
def alone(_layout: Layout) -> Calls:
    return Calls([()], [])
