"""A tensor's metadata as plain data, read from it: size, strides, offset, dtype, layout, device, lazy bits, storage."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import torch

DTYPE_WORD: dict[torch.dtype, str] = {
    value: name
    for name, value in vars(torch).items()
    if isinstance(value, torch.dtype) and str(value) == f"torch.{name}"
}
LAYOUT_WORD: dict[torch.layout, str] = {
    value: str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.layout)
}
SPARSE = frozenset({torch.sparse_coo, torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc})


class TensorFacts(NamedTuple):
    """One tensor's metadata; `size`, `stride`, `offset` in elements, `storage_bytes` in bytes.

    A tensor that is not strided has no stride and offset of its own: its components' facts are in `detail`.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: str
    layout: str
    device: str
    conj: bool
    neg: bool
    storage_bytes: int
    detail: tuple[Any, ...] = ()


class Unreadable(Exception):
    """What torch raised when a result was read by its operators: a component of a sparse or a nested tensor."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def strided_facts(tensor: torch.Tensor, storage_bytes: int) -> TensorFacts:
    """The facts of a strided tensor on a storage of `storage_bytes` bytes."""
    return TensorFacts(
        tensor.size(),
        tensor.stride(),
        tensor.storage_offset(),  # type: ignore[arg-type]  # no symbolic shapes here
        DTYPE_WORD[tensor.dtype],
        "strided",
        "cpu" if tensor.is_cpu else tensor.device.type,
        tensor.is_conj(),
        tensor.is_neg(),
        storage_bytes,
    )


def facts_of(tensor: torch.Tensor) -> TensorFacts:
    """The facts of any tensor, components of composite ones in `detail`. Raises Unreadable."""
    try:
        if tensor.is_nested:
            return _nested_facts(tensor)
        if tensor.layout is torch.strided:
            return strided_facts(tensor, tensor.untyped_storage().nbytes())
        if tensor.layout not in SPARSE:
            return _composite(tensor, LAYOUT_WORD[tensor.layout], ())
        parts = [facts_of(part) for _, part in components(tensor)]
        coalesced = tensor.is_coalesced() if tensor.layout is torch.sparse_coo else True
    except Unreadable:
        raise
    except Exception as error:
        # A component is read by operators, which may be the ones under test.
        raise Unreadable(error) from error
    return _composite(tensor, LAYOUT_WORD[tensor.layout], (*parts, coalesced))


def _composite(tensor: torch.Tensor, layout: str, detail: tuple[Any, ...]) -> TensorFacts:
    size = () if layout == "nested" else tuple(tensor.size())
    dtype, device = DTYPE_WORD[tensor.dtype], tensor.device.type
    return TensorFacts(size, (), 0, dtype, layout, device, False, False, 0, detail)


def _nested_facts(tensor: torch.Tensor) -> TensorFacts:
    if tensor.layout is torch.jagged:
        return _composite(tensor, "nested", _jagged_components(tensor))
    sizes = tuple(tuple(row) for row in tensor._nested_tensor_size().tolist())
    strides = tuple(tuple(row) for row in tensor._nested_tensor_strides().tolist())
    return _composite(tensor, "nested", (sizes, strides, tuple(tensor._nested_tensor_storage_offsets().tolist())))


def _jagged_components(tensor: Any) -> tuple[tuple[tuple[int, ...], ...], ...]:
    # Each component of a jagged tensor, as the triple that strided nested tensors keep: size, stride, storage offset.
    values, starts = tensor._values, tensor._offsets.tolist()
    ragged = tensor._ragged_idx - 1
    held = tensor._lengths
    lengths = [end - start for start, end in pairwise(starts)] if held is None else held.tolist()
    size, stride = list(values.size()), values.stride()
    sizes = tuple([(*size[:ragged], length, *size[ragged + 1 :]) for length in lengths])
    places = tuple([values.storage_offset() + start * stride[ragged] for start in starts[: len(lengths)]])
    return sizes, tuple([stride] * len(lengths)), places


def components(tensor: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    """The named component tensors of a sparse tensor, read without the operators under test where torch allows it.

    Raises Unreadable.
    """
    try:
        if tensor.layout is torch.sparse_coo:
            return [("indices", tensor._indices()), ("values", tensor._values())]
        if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
            compressed, plain = tensor.crow_indices(), tensor.col_indices()
        else:
            compressed, plain = tensor.ccol_indices(), tensor.row_indices()
        return [("indices", compressed), ("plain_indices", plain), ("values", tensor.values())]
    except Exception as error:
        raise Unreadable(error) from error
