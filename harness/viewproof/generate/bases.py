"""Strided bases as case arguments: a family's placements, each with the dtypes that the operator needs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from viewproof.cases.model import TensorArgument
from viewproof.generate.placements import FAMILIES, MARKED, Placement, place, placements
from viewproof_reference.layout.dtypes import DTYPES, itemsize
from viewproof_reference.layout.model import Layout, contiguous_strides

STRIDED = (*FAMILIES, *MARKED)

EVERY = tuple(DTYPES)
OTHERS = tuple(name for name in EVERY if name != "int64")
COMPLEX = ("complex64", "complex128", "complex32")
NEGATED = ("float32", "float64", "complex64", "float16", "bfloat16", "complex128")
GRAD = ("float32", "float64", "complex64")
REALS = ("float32", "float64", "float16")

# What the operator needs of the base's dtype -> family -> the dtypes that may carry it ("" for any other family).
# `any`: the dtype does not matter, mostly int64. `all`: it does. `pairs`: floats whose last dimension is a pair.
POOLS: dict[str, dict[str, tuple[str, ...]]] = {
    "any": {"": OTHERS, "conj": COMPLEX, "neg": NEGATED, "grad": GRAD},
    "all": {"": EVERY, "conj": COMPLEX, "neg": NEGATED, "grad": GRAD},
    "complex": {"": COMPLEX, "neg": COMPLEX, "conj": COMPLEX, "grad": ("complex64",)},
    "pairs": {"": REALS, "neg": REALS, "conj": (), "grad": ("float32", "float64")},
    "float": {"": GRAD, "neg": GRAD, "conj": ("complex64",), "grad": GRAD},
}


def _paired(one: Placement) -> Placement:
    return Placement((*one.size, 2), (*(step * 2 for step in one.stride), 1), one.offset * 2, max(one.elements * 2, 2))


def argument(one: Placement, dtype: str, family: str = "") -> TensorArgument:
    """A base of `dtype` at a place, marked as its family says."""
    layout = Layout(
        one.size, one.stride, one.offset, dtype, family == "conj", family == "neg", one.elements * itemsize(dtype)
    )
    return TensorArgument(layout, frozenset((family,)) if family in ("grad", "view") else frozenset())


@cache
def bases(family: str, dtypes: str, wide: bool) -> tuple[TensorArgument, ...]:
    """The bases of a family, in a fixed order, each once. In quick, each place has one dtype: none repeats another."""
    pools = POOLS[dtypes]
    pool = pools.get(family, pools[""])
    if not pool:
        return ()
    start = STRIDED.index(family) * 5
    mostly = dtypes == "any" and pool is OTHERS
    found: dict[TensorArgument, None] = {}
    for turn, one in enumerate(placements(family, wide)):
        here = _paired(one) if dtypes == "pairs" else one
        if wide:
            chosen = [pool[(start + turn * 2 + step) % len(pool)] for step in range(2)]
            if mostly:
                chosen.insert(0, "int64")
        elif mostly:
            chosen = ["int64" if turn % 2 else pool[(start + turn // 2) % len(pool)]]
        else:
            chosen = [pool[(start + turn) % len(pool)]]
        for dtype in chosen:
            found[argument(here, dtype, family)] = None
    return tuple(found)


@cache
def plain(dtype: str, size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> TensorArgument:
    """A second operand on a tight storage of its own."""
    return argument(place(size, stride, offset), dtype)


@cache
def known(values: tuple[int, ...], size: tuple[int, ...], dtype: str = "int64") -> TensorArgument:
    """A contiguous operand whose values the operator reads."""
    return replace(argument(place(size, contiguous_strides(size)), dtype), values=values)


@cache
def sharing(base: TensorArgument) -> TensorArgument:
    """The base on the declared storage `$0`."""
    return replace(base, storage=0)


@cache
def beside(layout: Layout, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> TensorArgument:
    """A second operand on the first one's storage, `$0`."""
    return TensorArgument(layout._replace(size=size, stride=stride, offset=offset, conj=False, neg=False), storage=0)
