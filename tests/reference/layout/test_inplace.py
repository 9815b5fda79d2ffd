"""Operators that change the geometry of their input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Refusal, contiguous_strides, predict
from viewproof_reference.layout.algebra import positions

PLAIN = Layout((2, 1, 3), (3, 3, 1), 1, "int32", storage_bytes=28)


@pytest.mark.parametrize(
    ("overload", "args"),
    [("transpose_.default", (0, 2)), ("squeeze_.default", ()), ("squeeze_.dim", (1,)), ("unsqueeze_.default", (1,)),
     ("as_strided_.default", ((2,), (2,), 0)), ("swapaxes_.default", (0, 1)), ("squeeze_.dims", ((0, 1),))],
)  # fmt: skip
def test_like_the_view_and_the_very_input(overload: str, args: tuple[object, ...]) -> None:
    (view,) = predict(f"aten.{overload.replace('_.', '.', 1) if overload != 'transpose_.default' else 'transpose.int'}",
                      (PLAIN, *args), {})  # fmt: skip
    (output,) = predict(f"aten.{overload}", (PLAIN, *args), {})
    assert output.identity
    assert output.layout == view.layout


@given(st.lists(st.integers(0, 4), max_size=3))
def test_resize_is_a_prefix_of_the_storage(size: list[int]) -> None:
    (output,) = predict("aten.resize_.default", (PLAIN, size), {})
    layout = output.layout
    assert isinstance(layout, Layout)
    count = int(np.prod(size))
    assert positions(layout) == list(range(1, 1 + count))
    assert layout.storage_bytes == max(28, 4 * (count + 1) if count else 0)
    assert (output.reads is None) == (layout.storage_bytes > 28)


def test_the_same_size_keeps_its_strides() -> None:
    turned = PLAIN._replace(size=(3, 2), stride=(1, 3))
    assert predict("aten.resize_.default", (turned, (3, 2)), {})[0].layout == turned
    (output,) = predict("aten.resize_.default", (turned, (3, 2)), {"memory_format": "contiguous_format"})
    assert output.layout == turned._replace(stride=contiguous_strides((3, 2)))


def test_set_takes_geometry_and_keeps_dtype() -> None:
    source = Layout((4,), (1,), 2, "float32", neg=True, storage_bytes=24)
    (output,) = predict("aten.set_.source_Tensor", (PLAIN, source), {})
    assert (output.shares, output.identity) == ("source", True)
    assert output.layout == Layout((4,), (1,), 2, "int32", storage_bytes=24)
    (output,) = predict("aten.set_.source_Tensor_storage_offset", (PLAIN, source, 1, (5,)), {})
    assert output.layout == Layout((5,), (1,), 3, "int32", storage_bytes=32)
    assert output.reads is None
    (output,) = predict("aten.set_.default", (PLAIN,), {})
    assert output.layout == Layout((0,), (1,), 0, "int32")


def test_refusals() -> None:
    source = Layout((2, 2), (1, 2), 0, "int32", storage_bytes=16)
    for overload, args in (
        ("resize_.default", (PLAIN, (-1,))),
        ("t_.default", (PLAIN,)),
        ("set_.source_Tensor_storage_offset", (PLAIN, source, 0, (2,))),
        ("set_.source_Tensor_storage_offset", (PLAIN, PLAIN, -2, (2,))),
    ):
        with pytest.raises(Refusal):
            predict(f"aten.{overload}", args, {})
