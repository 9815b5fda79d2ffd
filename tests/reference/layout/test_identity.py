"""Operators that return their input, or a copy of it."""

from __future__ import annotations

import pytest

from viewproof_reference.layout import Layout, Refusal, SparseLayout, predict

PLAIN = Layout((3, 2), (1, 3), 0, "float32", storage_bytes=24)
LAZY = PLAIN._replace(neg=True)


@pytest.mark.parametrize("overload", ["lift_fresh.default", "lift.default", "positive.default"])
def test_the_very_input(overload: str) -> None:
    (output,) = predict(f"aten.{overload}", (PLAIN,), {})
    assert output.identity
    assert output.layout == PLAIN


def test_a_conversion_keeps_order_and_reads_nothing() -> None:
    (output,) = predict("aten.to.dtype", (LAZY, "float64"), {})
    assert output == (Layout((3, 2), (1, 3), 0, "float64", storage_bytes=48), None, None, None, False)
    (output,) = predict("aten.to.dtype", (LAZY, "float32"), {"copy": True})
    assert output == (PLAIN, None, LAZY, "self", False)
    (output,) = predict("aten.to.dtype", (LAZY, "float32"), {})
    assert output.identity


def test_pieces_of_a_lazy_input_are_pieces_of_a_copy() -> None:
    plain = predict("aten.unsafe_split.Tensor", (PLAIN, 2), {})
    lazy = predict("aten.unsafe_split.Tensor", (LAZY, 2), {})
    assert [piece.layout for piece in lazy] == [piece.layout for piece in plain]
    assert [piece.shares for piece in lazy] == [None, None]
    whole = [piece.layout for piece in plain if isinstance(piece.layout, Layout)]
    assert [piece.reads for piece in lazy] == [layout._replace(neg=True) for layout in whole]


def test_refusals() -> None:
    sparse = SparseLayout("sparse_coo", (3,), PLAIN, None, PLAIN)
    with pytest.raises(Refusal) as caught:
        predict("aten.alias.default", (sparse,), {})
    assert caught.value.kind == "NotImplementedError"
    with pytest.raises(Refusal):
        predict("aten.to.dtype_layout", (PLAIN,), {"layout": "sparse_coo"})
    assert predict("aten.to.dtype_layout", (PLAIN,), {"layout": "strided"})[0].identity
