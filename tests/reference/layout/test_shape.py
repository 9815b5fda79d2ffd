"""view, view_as, unflatten, squeeze and unsqueeze, against numpy's own."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Refusal, contiguous_strides, element_count, predict

SIZES = [size for rank in range(4) for size in itertools.product((1, 2, 3, 4, 6), repeat=rank)]


def test_view_reads_as_numpy_reshapes(tensor: Layout, kit: Any) -> None:
    array = kit.seen(tensor)
    for size in [size for size in SIZES if element_count(size) == array.size]:
        try:
            (found,) = kit.call("view.default", tensor, size)
        except Refusal:
            kit.refuses("RuntimeError", "view.default", tensor, size)
            # Only numpy's reshape that copies may be refused.
            assert not np.shares_memory(array.reshape(size), array)
        else:
            assert kit.seen(found).tolist() == array.reshape(size).tolist()
            assert kit.call("view_as.default", tensor, kit.base(size, (0,) * len(size))) == [found]


def test_view_infers_and_refuses(kit: Any) -> None:
    tensor = kit.base((2, 3), (3, 1))
    assert kit.call("view.default", tensor, (3, -1))[0][:2] == ((3, 2), (2, 1))
    for size in [(4, -1), (-1, -1), (7,), (-2, -3), ()]:
        kit.refuses("RuntimeError", "view.default", tensor, size)
    kit.refuses("RuntimeError", "view.default", kit.base((0, 2), (2, 1)), (0, -1))
    kit.refuses("RuntimeError", "view.default", kit.base((3, 2), (1, 3)), (6,))


@given(st.lists(st.integers(1, 4), max_size=4), st.permutations(range(4)), st.permutations(range(4)))
def test_view_of_a_view_is_the_view(extents: list[int], first: list[int], second: list[int]) -> None:
    size = tuple(extents)
    tensor = Layout(size, contiguous_strides(size), 3, "int64", storage_bytes=9999)
    one, two = (tuple([size[place] for place in order if place < len(size)]) for order in (first, second))
    (through,) = predict("aten.view.default", (predict("aten.view.default", (tensor, one), {})[0].layout, two), {})
    assert (through,) == predict("aten.view.default", (tensor, two), {})


def test_unflatten_is_a_view_of_one_dimension(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for sizes in [(1, extent), (extent, 1), (extent,), (2, extent // 2)]:
            if element_count(sizes) == extent:
                wanted = array.reshape(tensor.size[:dim] + sizes + tensor.size[dim + 1 :])
                agree(wanted, "unflatten.int", tensor, dim, sizes)
                agree(wanted, "unflatten.int", tensor, dim - len(tensor.size), sizes)
        kit.refuses("RuntimeError", "unflatten.int", tensor, dim, ())
        kit.refuses("RuntimeError", "unflatten.int", tensor, dim, (extent + 1,))
    kit.refuses("IndexError", "unflatten.int", tensor, 9, (1,))


def test_unflatten_of_a_scalar_is_refused(kit: Any) -> None:
    kit.refuses("RuntimeError", "unflatten.int", kit.base((), ()), 0, (1,))


def test_squeeze_drops_what_numpy_drops(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    agree(np.squeeze(array), "squeeze.default", tensor)
    rank = array.ndim
    for dim in range(-rank, rank):
        agree(np.squeeze(array, dim) if array.shape[dim] == 1 else array, "squeeze.dim", tensor, dim)
    ones = tuple(dim for dim in range(rank) if array.shape[dim] == 1)
    agree(np.squeeze(array, ones), "squeeze.dims", tensor, tuple(range(rank)))
    agree(array, "squeeze.dims", tensor, ())
    kit.refuses("IndexError", "squeeze.dim", tensor, max(rank, 1))
    kit.refuses("RuntimeError", "squeeze.dims", tensor, (0, 0))


def test_unsqueeze_is_expand_dims_and_squeeze_undoes_it(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim in range(-array.ndim - 1, array.ndim + 1):
        agree(np.expand_dims(array, dim), "unsqueeze.default", tensor, dim)
        assert kit.call("squeeze.dim", kit.call("unsqueeze.default", tensor, dim)[0], dim) == [tensor]
    kit.refuses("IndexError", "unsqueeze.default", tensor, array.ndim + 1)


@pytest.mark.parametrize(("dim", "stride"), [(0, (6, 3, 1)), (1, (3, 3, 1)), (2, (3, 1, 1))])
def test_unsqueeze_spans_the_dimension_after_it(kit: Any, dim: int, stride: tuple[int, ...]) -> None:
    assert kit.call("unsqueeze.default", kit.base((2, 3), (3, 1)), dim)[0].stride == stride


def test_bits_stay() -> None:
    tensor = Layout((2, 2), (2, 1), 1, "complex64", True, True, 40)
    for overload, *args in [("view.default", (4,)), ("squeeze.default",), ("unsqueeze.default", 0)]:
        (output,) = predict(f"aten.{overload}", (tensor, *args), {})
        assert isinstance(output.layout, Layout)
        assert output.layout[3:] == tensor[3:]
