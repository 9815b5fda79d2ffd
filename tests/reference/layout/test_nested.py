"""Nested views of a flat buffer, against numpy's slices."""

from __future__ import annotations

import numpy as np
import pytest

from viewproof_reference.layout import Layout, Refusal, contiguous_strides, predict
from viewproof_reference.layout.algebra import positions
from viewproof_reference.layout.model import KnownTensor, NestedLayout


def known(values: list[int], size: tuple[int, ...]) -> KnownTensor:
    layout = Layout(size, contiguous_strides(size), 0, "int64", storage_bytes=8 * len(values))
    return KnownTensor(layout, tuple(values))


def component(nested: NestedLayout, place: int) -> list[int]:
    return positions(Layout(nested.sizes[place], nested.strides[place], nested.offsets[place], "float32"))


def test_jagged_components_are_slices() -> None:
    values = np.arange(24).reshape(12, 2)[1:11]
    base = Layout((10, 2), (2, 1), 2, "float32", storage_bytes=96)
    (output,) = predict("aten._nested_view_from_jagged.default", (base, known([0, 3, 10], (3,)), None), {})
    nested = output.layout
    assert isinstance(nested, NestedLayout)
    assert component(nested, 0) == values[0:3].ravel().tolist()
    assert component(nested, 1) == values[3:10].ravel().tolist()
    (back,) = predict("aten._nested_get_values.default", (nested,), {})
    assert back.layout == base
    turned = Layout((2, 10), (1, 2), 2, "float32", storage_bytes=96)
    args = (turned, known([0, 3, 10], (3,)), None, known([1, 2], (2,)), 2)
    (output,) = predict("aten._nested_view_from_jagged.default", args, {})
    assert isinstance(output.layout, NestedLayout)
    assert component(output.layout, 1) == values.T[:, 3:5].ravel().tolist()


def test_a_buffer_counts_from_its_storage() -> None:
    buffer = Layout((8,), (2,), 4, "float32", storage_bytes=80)
    tables = known([2, 3, 3, 2], (2, 2)), known([3, 1, 2, 1], (2, 2)), known([0, 6], (2,))
    (output,) = predict("aten._nested_view_from_buffer.default", (buffer, *tables), {})
    assert isinstance(output.layout, NestedLayout)
    assert component(output.layout, 1) == [6, 7, 8, 9, 10, 11]
    assert output.layout.buffer == Layout((20,), (1,), 0, "float32", storage_bytes=80)
    with pytest.raises(Refusal):
        predict("aten._nested_view_from_buffer.default", (buffer, *tables[:2], known([0, 15], (2,))), {})
    with pytest.raises(Refusal):
        predict("aten._nested_get_values.default", (output.layout,), {})
