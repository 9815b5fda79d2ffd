"""The shared arithmetic against brute force, numpy and laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Refusal, contiguous_strides, element_count
from viewproof_reference.layout.algebra import (
    INT64_MAX,
    broadcast_strides,
    fits,
    infer_size,
    is_contiguous,
    positions,
    restride,
    span,
    wrap_dim,
    wrap_dims,
)

SIZES = [size for rank in range(4) for size in itertools.product(range(4), repeat=rank)]
STRIDED = [
    (size, stride)
    for rank in range(1, 4)
    for size in itertools.product((1, 2, 3), repeat=rank)
    for stride in itertools.product((0, 1, 2, 6), repeat=rank)
]


def read(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> list[int]:
    return positions(Layout(size, stride, offset, "int8"))


def test_positions_are_what_numpy_reads() -> None:
    base = np.arange(100, dtype=np.int8)
    for size, stride in STRIDED:
        seen = np.lib.stride_tricks.as_strided(base[7:], size, stride)
        assert read(size, stride, 7) == seen.ravel().tolist()
        assert span(size, stride) == max(read(size, stride)) + 1


def test_span_of_nothing_is_nothing() -> None:
    assert span((2, 0), (9, 9)) == 0
    assert span((), ()) == 1


@pytest.mark.parametrize("rank", range(5))
def test_wrap_dim_is_python_indexing(rank: int) -> None:
    names = list(range(rank)) or [0]
    for dim in range(-7, 8):
        try:
            wanted = names[dim]
        except IndexError:
            with pytest.raises(Refusal, match=f"got {dim}") as caught:
                wrap_dim(dim, rank)
            assert caught.value.kind == "IndexError"
        else:
            assert wrap_dim(dim, rank) == wanted


def test_wrap_dim_of_a_scalar_may_be_refused() -> None:
    with pytest.raises(Refusal, match="IndexError"):
        wrap_dim(0, 0, scalar=False)


def test_wrap_dims_takes_the_first_fault_from_the_left() -> None:
    assert wrap_dims((0, -1), 3) == [0, 2]
    with pytest.raises(Refusal, match="RuntimeError"):
        wrap_dims((2, -1, 9), 3)
    with pytest.raises(Refusal, match="IndexError"):
        wrap_dims((2, 9, -1), 3)


def test_infer_size_finds_the_one_answer() -> None:
    for size in itertools.product((-1, 0, 1, 2, 3), repeat=2):
        for count in range(10):
            fillings = [
                tuple(answer if extent == -1 else extent for extent in size)
                for answer in (range(20) if -1 in size else range(1))
            ]
            right = [filled for filled in fillings if element_count(filled) == count]
            if size.count(-1) > 1 or len(right) != 1:
                with pytest.raises(Refusal, match="RuntimeError"):
                    infer_size(size, count)
            else:
                assert infer_size(size, count) == right[0]


def test_infer_size_refuses_a_negative_extent() -> None:
    with pytest.raises(Refusal, match="got -2"):
        infer_size((-2, -1), 4)


@pytest.mark.parametrize(
    "new_size", [(6,), (2, 3), (3, 2), (1, 6), (6, 1), (2, 1, 3), (1, 2, 3, 1), (4,), (2, 2), (12,)]
)
def test_restride_finds_strides_exactly_where_some_exist(new_size: tuple[int, ...]) -> None:
    for size, stride in STRIDED:
        if element_count(size) != element_count(new_size):
            continue
        wanted = read(size, stride)
        found = restride(size, stride, new_size)
        # A dimension of size 1 is never stepped: any strides of the others that read alike would do.
        steps = [range(37) if extent > 1 else (0,) for extent in new_size]
        exists = any(read(new_size, trial) == wanted for trial in itertools.product(*steps))
        assert (found is not None) == exists, (size, stride)
        if found is not None:
            assert read(new_size, found) == wanted


def test_restride_of_nothing_and_of_one() -> None:
    assert restride((), (), (1, 1)) == (1, 1)
    assert restride((0, 3), (50, 60), (0, 3)) == (50, 60)
    assert restride((0, 3), (50, 60), (3, 0, 2)) == (2, 2, 1)
    assert restride((1,), (7,), (1, 1)) == (7, 7)
    with pytest.raises(Refusal, match="stride"):
        restride((0,), (1,), (0, 2**62, 4))


@given(st.lists(st.integers(1, 4), max_size=4), st.permutations(range(4)))
def test_restride_of_a_contiguous_tensor_is_contiguous(size: list[int], order: list[int]) -> None:
    old = tuple(size)
    new = tuple(size[place] for place in order if place < len(size))
    found = restride(old, contiguous_strides(old), new)
    assert found is not None
    assert is_contiguous(new, found)


def test_broadcast_strides_reads_what_numpy_broadcasts() -> None:
    for size in SIZES:
        base = np.arange(element_count(size)).reshape(size)
        for target in SIZES:
            try:
                wanted = np.broadcast_to(base, target)
            except ValueError:
                with pytest.raises(Refusal, match="RuntimeError"):
                    broadcast_strides(size, contiguous_strides(size), target)
                continue
            new_size, stride = broadcast_strides(size, contiguous_strides(size), target)
            assert new_size == target
            assert read(new_size, stride) == wanted.ravel().tolist()


def test_broadcast_strides_keeps_and_refuses() -> None:
    assert broadcast_strides((3, 1), (7, 9), (2, -1, 4)) == ((2, 3, 4), (0, 7, 0))
    assert broadcast_strides((3,), (7,), (1, 3)) == ((1, 3), (21, 7))
    assert broadcast_strides((), (), (1, 1)) == ((1, 1), (0, 0))
    for target in [(-1, 3, 1), (-2, 1), (3, -2), (1,), (INT64_MAX, 3, 1)]:
        with pytest.raises(Refusal, match="RuntimeError"):
            broadcast_strides((3, 1), (1, 1), target)


def test_is_contiguous_is_counting_up() -> None:
    for size, stride in STRIDED:
        assert is_contiguous(size, stride) == (read(size, stride) == list(range(element_count(size))))
    assert is_contiguous((2, 0), (9, 9))
    assert all(is_contiguous(size, contiguous_strides(size)) for size in SIZES)


def test_fits_is_int64() -> None:
    assert fits(2**63 - 1, "stride") == INT64_MAX
    with pytest.raises(Refusal, match="stride"):
        fits(2**63, "stride")
