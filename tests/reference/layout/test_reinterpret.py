"""Reinterpreting rules against numpy's views and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import DTYPES, Layout, Refusal, contiguous_strides, element_count, itemsize, predict

NUMPY = [name for name in DTYPES if hasattr(np, name) and name != "bool"]


def base(size: tuple[int, ...], dtype: str, offset: int = 0, **bits: bool) -> Layout:
    count = element_count(size) + offset
    return Layout(size, contiguous_strides(size), offset, dtype, storage_bytes=count * itemsize(dtype), **bits)


def one(overload: str, self: Layout, *args: object) -> Layout:
    (output,) = predict(f"aten.{overload}", (self, *args), {})
    assert isinstance(output.layout, Layout)
    return output.layout


def refused(overload: str, self: Layout, *args: object) -> bool:
    try:
        predict(f"aten.{overload}", (self, *args), {})
    except Refusal:
        return True
    return False


@pytest.mark.parametrize("old", NUMPY)
@pytest.mark.parametrize("new", NUMPY)
@pytest.mark.parametrize("size", [(4,), (2, 8), (3, 3), (2, 1, 16), (1,)])
def test_view_dtype_is_numpys(old: str, new: str, size: tuple[int, ...]) -> None:
    array = np.zeros(size, old)
    try:
        wanted = array.view(new)
    except ValueError:
        assert refused("view.dtype", base(size, old), new)
        return
    if refused("view.dtype", base(size, old), new):
        return  # torch wants every stride divisible, numpy the last extent only; for dense rows they agree but on 1
    got = one("view.dtype", base(size, old), new)
    assert got.size == wanted.shape
    assert [step * itemsize(new) for step in got.stride] == list(wanted.strides)


@given(st.sampled_from(sorted(DTYPES)), st.sampled_from(sorted(DTYPES)), st.integers(0, 2))
def test_view_dtype_there_and_back(old: str, new: str, rows: int) -> None:
    start = base((rows, 16), old, 16)
    if rows == 0 or itemsize(old) == itemsize(new) or 16 * itemsize(old) % itemsize(new) == 0:
        assert one("view.dtype", one("view.dtype", start, new), old) == start


@pytest.mark.parametrize("part", ["real", "imag"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_parts_lie_where_numpy_has_them(part: str, dtype: str) -> None:
    array = np.zeros((3, 4), dtype)[1:, ::2].T
    layout = Layout((2, 2), (2, 4), 4, dtype, storage_bytes=12 * itemsize(dtype))
    wanted = getattr(array, part)
    got = one(f"{part}.default", layout)
    assert got.size == wanted.shape
    assert tuple(step * itemsize(got.dtype) for step in got.stride) == wanted.strides
    start = array.__array_interface__["data"][0] - 4 * itemsize(dtype)
    assert wanted.__array_interface__["data"][0] - start == got.offset * itemsize(got.dtype)


@given(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 3), st.booleans())
def test_real_and_back(size: list[int], offset: int, neg: bool) -> None:
    start = base(tuple(size), "complex64", offset, neg=neg)
    assert one("view_as_complex.default", one("view_as_real.default", start)) == start


@given(st.booleans(), st.booleans())
def test_bits_flip_twice(conj: bool, neg: bool) -> None:
    start = base((2,), "complex64", conj=conj, neg=neg)
    assert one("_conj.default", one("_conj.default", start)) == start
    assert one("_neg_view.default", one("_neg_view.default", start)) == start
    # The imaginary part of a conjugate is the negated imaginary part.
    assert one("imag.default", one("_conj.default", start)) == one("_neg_view.default", one("imag.default", start))
    assert one("real.default", one("_conj.default", start)) == one("real.default", start)


def test_resolving_copies_only_a_set_bit() -> None:
    (kept,) = predict("aten.resolve_conj.default", (base((2,), "complex64", neg=True),), {})
    assert kept.identity
    assert kept.shares == "self"
    start = base((2,), "complex64", conj=True, neg=True)
    (copied,) = predict("aten.resolve_conj.default", (start,), {})
    assert copied.shares is None
    assert copied.layout == base((2,), "complex64")
    assert copied.reads == start


@pytest.mark.parametrize(
    ("overload", "self"),
    [
        ("view_as_real.default", base((2,), "float32")),
        ("view_as_real.default", base((2,), "complex64", conj=True)),
        ("view_as_complex.default", base((3,), "float32")),
        ("view_as_complex.default", base((2,), "bfloat16")),
        ("view_as_complex.default", base((2,), "float32", 1)),
        ("imag.default", base((2,), "float32")),
        ("_conj.default", base((2,), "float32")),
    ],
)
def test_refusals(overload: str, self: Layout) -> None:
    assert refused(overload, self)
    assert not refused("alias.default", self)
