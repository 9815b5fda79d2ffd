"""Reshaping and copying rules against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Output, Refusal, contiguous_strides, element_count, predict
from viewproof_reference.layout.algebra import positions
from viewproof_reference.layout.reshape import format_strides, preserved_strides, suggested_format

ROOM = 400


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    size = tuple(draw(st.lists(st.integers(0, 3), max_size=4)))
    order = draw(st.permutations(range(len(size))))
    stride = [0] * len(size)
    step = draw(st.integers(1, 2))
    for dim in order:
        stride[dim] = step if draw(st.booleans()) or size[dim] < 2 else step * draw(st.integers(0, 1))
        step *= max(size[dim], 1)
    return Layout(size, tuple(stride), draw(st.integers(0, 3)), "int32", storage_bytes=4 * ROOM)


def array_of(layout: Layout) -> np.ndarray:
    pool = np.arange(ROOM, dtype=np.int32)[layout.offset :]
    return np.lib.stride_tricks.as_strided(pool, layout.size, [4 * step for step in layout.stride])


def one(overload: str, *args: object, **kwargs: object) -> Output:
    (output,) = predict(f"aten.{overload}", args, kwargs)
    return output


@given(layouts(), st.data())
def test_reshape_reads_what_numpy_reads(layout: Layout, data: st.DataObject) -> None:
    count = element_count(layout.size)
    divisors = [extent for extent in range(1, count + 1) if count % extent == 0] or [3]
    rows = data.draw(st.sampled_from(divisors))
    output = one("reshape.default", layout, (rows, -1))
    wanted = array_of(layout).reshape((rows, count // rows))
    assert output.reads is not None
    assert isinstance(output.layout, Layout)
    assert output.layout.size == wanted.shape
    assert positions(output.reads) == wanted.ravel().tolist()
    if output.shares:
        assert output.reads == output.layout
    else:
        assert output.layout.stride == contiguous_strides(wanted.shape)
        assert output.layout.storage_bytes == 4 * count


@given(layouts())
def test_ravel_and_flatten_keep_the_order(layout: Layout) -> None:
    wanted = array_of(layout).ravel().tolist()
    for overload in ("ravel.default", "flatten.using_ints"):
        reads = one(overload, layout).reads
        assert reads is not None
        assert positions(reads) == wanted


@given(layouts())
def test_contiguous_is_numpys(layout: Layout) -> None:
    output = one("contiguous.default", layout)
    array = array_of(layout)
    assert output.identity == bool(array.flags.c_contiguous)
    assert isinstance(output.layout, Layout)
    assert output.reads == layout


@given(layouts())
def test_a_preserving_copy_is_dense_and_in_order(layout: Layout) -> None:
    stride = preserved_strides(layout.size, layout.stride)
    if 0 not in layout.size:
        seen = positions(Layout(layout.size, stride, 0, "int32"))
        assert sorted(seen) == list(range(element_count(layout.size)))
        assert preserved_strides(layout.size, stride) == stride
        if 0 not in layout.stride:
            # numpy's own preserving copy (order "K") sorts by stride too; compare where an order is there to see.
            kept = np.copy(array_of(layout), order="K").strides
            assert all(
                4 * mine == theirs for mine, theirs, extent in zip(stride, kept, layout.size, strict=True) if extent > 1
            )


@pytest.mark.parametrize(("size", "word"), [((2, 3, 4, 5), "channels_last"), ((2, 3, 2, 4, 5), "channels_last_3d")])
def test_channels_last_is_a_permuted_row_major(size: tuple[int, ...], word: str) -> None:
    inner = np.zeros([size[0], *size[2:], size[1]], np.int8)
    wanted = np.moveaxis(inner, -1, 1).strides
    assert format_strides(size, word) == wanted
    assert suggested_format(size, wanted) == word
    assert suggested_format(size, contiguous_strides(size)) == "contiguous_format"


def test_refusals() -> None:
    plain = Layout((2, 3), (3, 1), 0, "bool", storage_bytes=6)
    for overload, args, kwargs in (
        ("positive.default", (plain,), {}),
        ("reshape.default", (plain, (5,)), {}),
        ("flatten.using_ints", (plain, 1, 0), {}),
        ("contiguous.default", (plain,), {"memory_format": "channels_last"}),
    ):
        with pytest.raises(Refusal):
            predict(f"aten.{overload}", args, kwargs)
