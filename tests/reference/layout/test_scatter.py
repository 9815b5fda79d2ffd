"""The scatters: the base's own layout, fresh, but for a lazy base and one that overlaps itself."""

from __future__ import annotations

import pytest

from viewproof_reference.layout import Layout, Refusal, predict
from viewproof_reference.layout.positions import overlaps
from viewproof_reference.layout.scatter import scattered_layout

BASE = Layout((3, 4), (6, 1), 2, "float32", storage_bytes=90)
SRC = Layout((4,), (1,), 0, "float32", storage_bytes=16)


def scatter(overload, *args, **kwargs):
    (made,) = predict(f"aten.{overload}", args, kwargs)
    return made


def test_strides_offset_and_storage_are_kept():
    made = scatter("select_scatter.default", BASE, SRC, 0, 1)
    assert made.layout == BASE._replace(storage_bytes=88), "whole elements only"
    assert made.shares is None


def test_a_base_that_overlaps_itself_is_copied_densely():
    base = Layout((2, 2), (1, 1), 1, "int8", storage_bytes=4)
    assert overlaps(base)
    assert scattered_layout(base, False) == Layout((2, 2), (2, 1), 0, "int8", storage_bytes=4)


def test_a_lazy_base_is_materialized_but_keeps_the_positions_that_strides_name():
    base = Layout((2,), (2,), 1, "complex64", conj=True, storage_bytes=32)
    assert scattered_layout(base, False) == Layout((2,), (1,), 0, "complex64", storage_bytes=16)
    assert scattered_layout(base, True) == base._replace(conj=False)


@pytest.mark.parametrize(
    ("overload", "args", "word"),
    [
        ("select_scatter.default", (BASE, SRC, 1, 0), "src"),
        ("slice_scatter.default", (BASE, SRC), "src"),
        ("select_scatter.default", (BASE, SRC, 2, 0), "dim"),
        ("as_strided_scatter.default", (BASE, SRC, [4], [0]), "stride"),
    ],
)
def test_what_cannot_be_scattered_is_refused(overload, args, word):
    with pytest.raises(Refusal, match=word):
        scatter(overload, *args)


def test_the_out_of_a_scatter_follows_the_general_rule():
    out = Layout((2,), (1,), 1, "float32", storage_bytes=12)
    made = scatter("select_scatter.out", BASE, SRC, 0, 1, out=out)
    assert made.layout == Layout((3, 4), (4, 1), 1, "float32", storage_bytes=52)
    assert made.shares == "out"
