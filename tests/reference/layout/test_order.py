"""permute, transpose, movedim and the names of the transpose, against numpy's own."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, contiguous_strides, predict


def test_permute_is_numpys_transpose(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    rank = array.ndim
    for dims in itertools.permutations(range(rank)):
        agree(array.transpose(dims), "permute.default", tensor, dims)
        agree(array.transpose(dims), "permute.default", tensor, tuple(dim - rank for dim in dims))
    kit.refuses("RuntimeError", "permute.default", tensor, (*range(rank), 0))
    if rank > 1:
        kit.refuses("RuntimeError", "permute.default", tensor, (0,) * rank)
        kit.refuses("IndexError", "permute.default", tensor, (rank, *range(1, rank)))


@pytest.mark.parametrize("overload", ["transpose.int", "swapdims.default", "swapaxes.default"])
def test_transpose_is_swapaxes_and_undoes_itself(tensor: Layout, overload: str, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    rank = array.ndim
    for dim0, dim1 in itertools.product(range(-rank, rank), repeat=2):
        agree(array.swapaxes(dim0, dim1), overload, tensor, dim0, dim1)
        assert kit.call(overload, kit.call(overload, tensor, dim0, dim1)[0], dim0, dim1) == [tensor]
    kit.refuses("IndexError", overload, tensor, 0, max(rank, 1))


@pytest.mark.parametrize("name", ["movedim", "moveaxis"])
def test_movedim_is_moveaxis(tensor: Layout, name: str, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    rank = array.ndim
    for count in range(min(rank, 3) + 1):
        for source, destination in itertools.product(itertools.permutations(range(rank), count), repeat=2):
            wanted = np.moveaxis(array, source, destination)
            agree(wanted, f"{name}.intlist", tensor, source, destination)
            if count == 1:
                agree(wanted, f"{name}.int", tensor, source[0] - rank, destination[0])
    kit.refuses("RuntimeError", f"{name}.intlist", tensor, (0,), ())
    kit.refuses("RuntimeError", f"{name}.intlist", tensor, (0, 0), (0, 0))
    kit.refuses("IndexError", f"{name}.int", tensor, 0, max(rank, 1))


def test_reversals(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    agree(array.T, "numpy_T.default", tensor)
    if array.ndim <= 2:
        agree(array.T, "t.default", tensor)
    else:
        kit.refuses("RuntimeError", "t.default", tensor)
    for overload in ("mT.default", "mH.default", "adjoint.default"):
        if array.ndim == 1:
            kit.refuses("RuntimeError", overload, tensor)
        else:
            agree(array.swapaxes(-1, -2) if array.ndim else array, overload, tensor)
    if array.ndim in (0, 2):
        agree(array.T, "matrix_H.default", tensor)
    else:
        kit.refuses("RuntimeError", "matrix_H.default", tensor)


@pytest.mark.parametrize("size", [(), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex32"])
@pytest.mark.parametrize("conj", [False, True])
def test_the_hermitian_flips_the_conj_bit_of_complex_numbers(size: tuple[int, ...], dtype: str, conj: bool) -> None:
    tensor = Layout(size, contiguous_strides(size), 0, dtype, conj, True, 80)
    for overload in ("mH", "adjoint", "matrix_H", "mT", "numpy_T"):
        layout = predict(f"aten.{overload}.default", (tensor,), {})[0].layout
        assert isinstance(layout, Layout)
        flips = dtype != "float32" and overload not in ("mT", "numpy_T")
        assert (layout.conj, layout.neg) == (conj ^ flips, True)


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_permutations_compose(first: list[int], second: list[int]) -> None:
    tensor = Layout((1, 2, 3, 4, 5), (9, 8, 7, 6, 5), 2, "int8", storage_bytes=99)
    once = predict("aten.permute.default", (tensor, first), {})[0].layout
    both = [first[place] for place in second]
    assert predict("aten.permute.default", (once, second), {}) == predict("aten.permute.default", (tensor, both), {})
