"""select, slice, narrow, unfold, diagonal and as_strided, against numpy's own."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, predict
from viewproof_reference.layout.model import KnownTensor

BOUNDS = (None, -9, -3, -1, 0, 1, 2, 5, 9)


def along(dim: int, key: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, key)


def test_select_is_an_index(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for index in range(-extent, extent):
            agree(np.asarray(array[along(dim, index)]), "select.int", tensor, dim, index)
            agree(np.asarray(array[along(dim, index)]), "select.int", tensor, dim - array.ndim, index)
        kit.refuses("IndexError", "select.int", tensor, dim, extent)
        kit.refuses("IndexError", "select.int", tensor, dim, -extent - 1)
    kit.refuses("IndexError", "select.int", tensor, array.ndim, 0)


def test_slice_is_a_slice(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim in range(array.ndim):
        for start, end, step in itertools.product(BOUNDS, BOUNDS, (1, 2, 3, 99)):
            agree(array[along(dim, slice(start, end, step))], "slice.Tensor", tensor, dim, start, end, step)
        kit.refuses("RuntimeError", "slice.Tensor", tensor, dim, 0, 1, 0)
        kit.refuses("RuntimeError", "slice.Tensor", tensor, dim, 0, 1, -1)
    kit.refuses("IndexError", "slice.Tensor", tensor, array.ndim)


def test_an_empty_slice_still_moves_the_offset(kit: Any) -> None:
    (found,) = kit.call("slice.Tensor", kit.base((4,), (2,), 1), 0, 3, 2)
    assert (found.size, found.offset) == ((0,), 7)


def test_a_stride_beyond_int64_is_refused(kit: Any) -> None:
    tensor = kit.base((4, 2), (2, 1))
    kit.refuses("RuntimeError", "slice.Tensor", tensor, 0, None, None, 2**62)
    kit.refuses("RuntimeError", "unfold.default", tensor, 0, 1, 2**62)
    assert kit.call("slice.Tensor", tensor, 1, None, None, 2**63 - 1)[0].size == (4, 1)


def test_narrow_is_a_slice_that_must_fit(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for start in range(-extent, extent + 1):
            first = start if start >= 0 else start + extent
            for length in range(extent - first + 1):
                wanted = array[along(dim, slice(first, first + length))]
                agree(wanted, "narrow.default", tensor, dim, start, length)
                for dtype in ("int64", "uint8"):
                    value = KnownTensor(Layout((), (), 0, dtype, storage_bytes=8), (start,))
                    agree(wanted, "narrow.Tensor", tensor, dim, value, length)
            kit.refuses("RuntimeError", "narrow.default", tensor, dim, start, extent - first + 1)
            kit.refuses("RuntimeError", "narrow.default", tensor, dim, start, -1)
        kit.refuses("IndexError", "narrow.default", tensor, dim, extent + 1, 0)
        kit.refuses("IndexError", "narrow.default", tensor, dim, -extent - 1, 0)


def test_narrow_starts_from_an_integer_scalar_only(kit: Any) -> None:
    for size, dtype in [((), "float32"), ((), "bool"), ((1,), "int64")]:
        start = KnownTensor(Layout(size, (1,) * len(size), 0, dtype, storage_bytes=8), (0,))
        kit.refuses("RuntimeError", "narrow.Tensor", kit.base((3,), (1,)), 0, start, 1)


@given(st.data())
def test_narrow_of_narrow_is_one_narrow(data: st.DataObject) -> None:
    extent = data.draw(st.integers(0, 20))
    start = data.draw(st.integers(0, extent))
    length = data.draw(st.integers(0, extent - start))
    again = data.draw(st.integers(0, length))
    rest = data.draw(st.integers(0, length - again))
    tensor = Layout((2, extent), (50, 2), 3, "int16", storage_bytes=999)
    outer = predict("aten.narrow.default", (tensor, 1, start, length), {})[0].layout
    assert predict("aten.narrow.default", (outer, 1, again, rest), {}) == predict(
        "aten.narrow.default", (tensor, 1, start + again, rest), {}
    )


def test_unfold_is_sliding_windows(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for size, step in itertools.product(range(1, extent + 1), (1, 2, 3, 7)):
            windows = np.lib.stride_tricks.sliding_window_view(array, size, dim)
            agree(windows[along(dim, slice(None, None, step))], "unfold.default", tensor, dim, size, step)
        assert kit.call("unfold.default", tensor, dim, 0, 1)[0].size[dim] == extent + 1
        for size, step in [(extent + 1, 1), (-1, 1), (0, 0), (0, -1)]:
            kit.refuses("RuntimeError", "unfold.default", tensor, dim, size, step)


def test_unfold_of_a_scalar(kit: Any) -> None:
    assert kit.call("unfold.default", kit.base((), (), 3), 0, 1, 5)[0][:3] == ((1,), (1,), 3)
    kit.refuses("RuntimeError", "unfold.default", kit.base((), ()), 0, 2, 1)


def test_diagonal_is_numpys(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim1, dim2 in itertools.permutations(range(array.ndim), 2):
        for offset in range(-5, 6):
            wanted = np.diagonal(array, offset, dim1, dim2)
            agree(wanted, "diagonal.default", tensor, offset, dim1, dim2 - array.ndim)
            agree(wanted, "linalg_diagonal.default", tensor, offset=offset, dim1=dim1, dim2=dim2)
    if array.ndim >= 2:
        agree(np.diagonal(array), "diagonal.default", tensor)
        agree(np.diagonal(array, 0, -2, -1), "linalg_diagonal.default", tensor)
    kit.refuses("RuntimeError", "diagonal.default", tensor, 0, 0, 0)
    kit.refuses("IndexError", "diagonal.default", tensor, 0, 0, max(array.ndim, 1))


def test_as_strided_is_numpys_within_the_storage(kit: Any) -> None:
    tensor = Layout((2,), (3,), 2, "float32", storage_bytes=4 * 10)
    storage = np.arange(10)
    for size in itertools.product(range(4), repeat=2):
        for stride in itertools.product(range(5), repeat=2):
            for offset in (None, 0, 1, 9, 10):
                first = 2 if offset is None else offset
                steps = [
                    range(0, extent * step, step) if step else [0] * extent
                    for extent, step in zip(size, stride, strict=True)
                ]
                reads = [first + sum(places) for places in itertools.product(*steps)]
                if reads and max(reads) >= len(storage):
                    kit.refuses("RuntimeError", "as_strided.default", tensor, size, stride, offset)
                    continue
                (found,) = kit.call("as_strided.default", tensor, size, stride, offset)
                assert found[:3] == (size, stride, first)


def test_as_strided_refuses(kit: Any) -> None:
    tensor = kit.base((2,), (1,))
    for size, stride, offset in [
        ((2,), (), 0),
        ((-1,), (1,), 0),
        ((-1, 0), (1, 1), 0),
        ((2,), (-1,), 3),
        ((1,), (1,), -1),
        ((0,), (1,), -1),
        ((2**40, 2**40), (0, 0), 0),
    ]:
        kit.refuses("RuntimeError", "as_strided.default", tensor, size, stride, offset)


def test_scalars_have_nothing_to_pick(kit: Any) -> None:
    scalar = kit.base((), ())
    kit.refuses("IndexError", "select.int", scalar, 0, 0)
    kit.refuses("IndexError", "slice.Tensor", scalar)
    kit.refuses("RuntimeError", "narrow.default", scalar, 0, 0, 0)
