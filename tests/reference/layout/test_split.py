"""The operators of several outputs, against numpy's splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, predict
from viewproof_reference.layout.algebra import positions
from viewproof_reference.layout.model import KnownTensor

CUTS: list[tuple[int, ...]] = [(), (0,), (1,), (1, 2), (2, 1), (-1,), (9,), (-9, 1), (1, 1, 3), (9, -2)]


def known(values: Sequence[int], rank: int, dtype: str = "int64") -> KnownTensor:
    size = (len(values),) * rank
    return KnownTensor(Layout(size, (1,) * rank, 0, dtype, storage_bytes=8 * len(values)), tuple(values))


def runs(array: np.ndarray[Any, Any], lengths: list[int], dim: int) -> list[np.ndarray[Any, Any]]:
    return np.split(array, np.cumsum(lengths)[:-1], dim) if lengths else []


def test_split_by_length(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for length in (1, 2, 3, 4, 9, 2**63 - 1):
            lengths = [min(length, extent - start) for start in range(0, extent, length)] or [0]
            wanted = runs(array, lengths, dim)
            agree(wanted, "split.Tensor", tensor, length, dim)
            agree(wanted, "split.sizes", tensor, lengths, dim - array.ndim)
            agree(wanted, "split_with_sizes.default", tensor, lengths, dim)
        for overload in ("split.sizes", "split_with_sizes.default"):
            kit.refuses("RuntimeError", overload, tensor, [extent + 1], dim)
            kit.refuses("RuntimeError", overload, tensor, [extent + 1, -1], dim)
        kit.refuses("RuntimeError", "split.Tensor", tensor, -1, dim)
        if extent:
            kit.refuses("RuntimeError", "split.Tensor", tensor, 0, dim)
        else:
            agree([array], "split.Tensor", tensor, 0, dim)
    if array.ndim:
        kit.refuses("IndexError", "split.Tensor", tensor, 1, array.ndim)


def test_lengths_do_not_wrap_around(kit: Any) -> None:
    kit.refuses("RuntimeError", "split_with_sizes.default", kit.base((3,), (1,)), (2**63 - 1, 2**63 - 1, 5))


def test_chunk_rounds_its_length_up(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim, extent in enumerate(tensor.size):
        for chunks in (1, 2, 3, 4, 9):
            length = -(-extent // chunks)
            lengths = [min(length, extent - start) for start in range(0, extent, length)] if extent else [0] * chunks
            agree(runs(array, lengths, dim), "chunk.default", tensor, chunks, dim)
        kit.refuses("RuntimeError", "chunk.default", tensor, 0, dim)
        kit.refuses("RuntimeError", "chunk.default", tensor, -1, dim)


def test_tensor_split_is_array_split(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim in range(array.ndim):
        for sections in (1, 2, 3, 4, 9):
            wanted = np.array_split(array, sections, dim)
            agree(wanted, "tensor_split.sections", tensor, sections, dim)
            agree(wanted, "tensor_split.tensor_indices_or_sections", tensor, known([sections], 0), dim)
        for cuts in CUTS:
            wanted = np.array_split(array, cuts, dim)
            agree(wanted, "tensor_split.indices", tensor, cuts, dim)
            agree(wanted, "tensor_split.tensor_indices_or_sections", tensor, known(cuts, 1), dim)
        kit.refuses("RuntimeError", "tensor_split.sections", tensor, 0, dim)


def test_tensor_split_takes_int64_of_rank_0_or_1(kit: Any) -> None:
    tensor = kit.base((4,), (1,))
    for given_ in (known([1], 0, "int32"), known([1], 1, "bool"), known([1], 2)):
        kit.refuses("RuntimeError", "tensor_split.tensor_indices_or_sections", tensor, given_)


@pytest.mark.parametrize(("name", "least"), [("hsplit", 1), ("vsplit", 2), ("dsplit", 3)])
def test_named_splits_are_numpys(tensor: Layout, name: str, least: int, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    if array.ndim < least:
        kit.refuses("RuntimeError", f"{name}.int", tensor, 1)
        kit.refuses("RuntimeError", f"{name}.array", tensor, (1,))
        return
    split = getattr(np, name)
    for sections in (1, 2, 3, 4):
        try:
            wanted = split(array, sections)
        except ValueError:
            kit.refuses("RuntimeError", f"{name}.int", tensor, sections)
        else:
            agree(wanted, f"{name}.int", tensor, sections)
    for cuts in CUTS:
        agree(split(array, cuts), f"{name}.array", tensor, cuts)
    kit.refuses("RuntimeError", f"{name}.int", tensor, 0)


def test_unbind_is_every_index(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    for dim in range(-array.ndim, array.ndim):
        agree([np.asarray(piece) for piece in np.moveaxis(array, dim, 0)], "unbind.int", tensor, dim)
    kit.refuses("IndexError", "unbind.int", tensor, max(array.ndim, 1))


def test_scalars_cannot_be_cut(kit: Any) -> None:
    scalar = kit.base((), ())
    for overload in ("split.Tensor", "chunk.default", "tensor_split.sections"):
        kit.refuses("RuntimeError", overload, scalar, 1)
    for overload in ("split.sizes", "split_with_sizes.default", "tensor_split.indices"):
        kit.refuses("RuntimeError", overload, scalar, ())
    kit.refuses("IndexError", "unbind.int", scalar)


@given(
    st.integers(0, 12), st.integers(1, 14), st.sampled_from(["split.Tensor", "chunk.default", "tensor_split.sections"])
)
def test_the_pieces_together_are_the_whole(extent: int, number: int, overload: str) -> None:
    tensor = Layout((extent, 2), (7, 3), 5, "int8", storage_bytes=999)
    pieces = [output.layout for output in predict(f"aten.{overload}", (tensor, number), {})]
    assert [place for piece in pieces if isinstance(piece, Layout) for place in positions(piece)] == positions(tensor)
