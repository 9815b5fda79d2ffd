"""Dual tensors: when a tangent is kept and when it is laid out anew."""

from __future__ import annotations

from typing import Any

import pytest

from viewproof_reference.layout import DualLayout, Layout, Refusal, predict

PRIMAL = Layout((2, 3), (3, 1), 0, "float32", storage_bytes=24)


def made(primal: Layout, tangent: Layout) -> DualLayout:
    (output,) = predict("aten._make_dual.default", (primal, tangent, 0), {})
    assert isinstance(output.layout, DualLayout)
    assert (output.shares, output.reads) == ("self", primal)
    return output.layout


@pytest.mark.parametrize("change", [{"stride": (1, 2)}, {"offset": 1}, {"neg": True}, {"storage_bytes": 48}])
def test_a_tangent_unlike_the_primal_is_copied(change: dict[str, Any]) -> None:
    assert made(PRIMAL, PRIMAL._replace(**change)).tangent == PRIMAL


def test_a_tangent_like_the_primal_is_kept() -> None:
    double = PRIMAL._replace(dtype="float64", storage_bytes=48)
    dual = made(PRIMAL, double)
    assert dual.tangent == double
    primal, tangent = predict("aten._unpack_dual.default", (dual, 0), {})
    assert (primal.layout, primal.shares) == (PRIMAL, "self.primal")
    assert (tangent.layout, tangent.shares) == (double, "self.tangent")
    assert predict("aten._fw_primal.default", (dual, 0), {}) == (primal,)
    assert len(predict("aten._unpack_dual.default", (DualLayout(PRIMAL, None), 0), {})) == 1


@pytest.mark.parametrize(
    ("tangent", "level"),
    [
        (PRIMAL._replace(size=(3, 2)), 0),
        (PRIMAL._replace(dtype="int32"), 0),
        (PRIMAL, 1),
        (DualLayout(PRIMAL, PRIMAL), 0),
    ],
)
def test_refusals(tangent: Layout, level: int) -> None:
    with pytest.raises(Refusal):
        predict("aten._make_dual.default", (PRIMAL, tangent, level), {})
