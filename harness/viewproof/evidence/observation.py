"""What a target saw: plain data, the same type for every target."""

from __future__ import annotations

from dataclasses import dataclass, field
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


#: The list that no probe has replaced yet. Never appended to: an observation of facts alone costs no list of its own.
NOTHING: Any = ()


@dataclass(slots=True)
class OutputObservation:
    """One output of a call.

    `shares` names the operand component whose storage it lives on, None for a storage of its own; `identity` is True
    where it is the very first operand. `reads` are the bytes of its elements (row-major) under each filling of the
    source storage in turn; `rewritten` names those fillings that were laid after the call, on the output as it was.
    `snapshot` is the source storage after a write to the output, `changed` the byte positions where it differs;
    `version_shared` whether that write moved the operand's version counter; `base` what `_base` said (`the operand`,
    `none`, `another`). `replayed` and `replay_shares` describe the view replayed on another base, `note` why there is
    none. `outside` says that the output leaves its storage, so that nothing was read or written through it.
    """

    facts: TensorFacts
    shares: str | None
    identity: bool
    reads: list[bytes] = NOTHING
    rewritten: tuple[int, ...] = ()
    source_dtype: str = ""
    snapshot: list[bytes] = NOTHING
    changed: set[int] | None = None
    version_shared: bool | None = None
    base: str | None = None
    replayed: TensorFacts | None = None
    replay_shares: bool | None = None
    note: str = ""
    outside: bool = False


@dataclass(slots=True)
class Observation:
    """Everything one execution showed.

    `error` is (exception class names along its ancestry, message). `kept` are the operands' storages after the call:
    (name, bytes before, [bytes after]); `inputs_changed` says what they showed. `gradient` is what came back to
    the operand for `sent` values (row-major), None with a `gradient_note` where nothing did; `tangents` what each
    output carried forward. `answers` are a target's own facts, by name, for the rules that ask for them.
    `doubted` says that a glance at an execution of the same case did not agree, `agreed` that one at this very
    execution did, so that nothing else was noted.
    """

    outputs: list[OutputObservation]
    error: tuple[tuple[str, ...], str] | None = None
    inputs_changed: str | None = None
    gradient: list[complex] | None = None
    gradient_note: str = ""
    tangents: list[list[complex]] = NOTHING
    kept: list[tuple[str, bytes, list[bytes]]] = NOTHING
    answers: dict[str, Any] = field(default_factory=dict)
    doubted: bool = False
    agreed: bool = False


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
    """The facts of any tensor, components of composite ones in `detail`."""
    if tensor.is_nested:
        return _nested_facts(tensor)
    if tensor.layout is torch.strided:
        return strided_facts(tensor, tensor.untyped_storage().nbytes())
    parts = [facts_of(part) for _, part in components(tensor)]
    coalesced = tensor.is_coalesced() if tensor.layout is torch.sparse_coo else True
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
    """The named component tensors of a sparse tensor, read below the operators under test where torch allows it."""
    if tensor.layout is torch.sparse_coo:
        return [("indices", tensor._indices()), ("values", tensor._values())]
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        return [
            ("indices", tensor.crow_indices()),
            ("plain_indices", tensor.col_indices()),
            ("values", tensor.values()),
        ]
    return [("indices", tensor.ccol_indices()), ("plain_indices", tensor.row_indices()), ("values", tensor.values())]
