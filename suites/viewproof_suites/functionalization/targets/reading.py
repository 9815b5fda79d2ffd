"""Reads tensors where they lie: elements by address and stride, without an operator of torch's, and metadata."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD
from viewproof.tensors.memory import cells_of, gather, reach
from viewproof_reference.layout import Layout
from viewproof_reference.programs import resolved
from viewproof_suites.functionalization.evidence import Elements

_STRIDED = torch.strided
_TENSOR = torch.Tensor
_string_at = ctypes.string_at


def elements_of(tensor: Any) -> Elements:
    """The bytes of a tensor's elements, row-major, lazy bits resolved; in words why there are none to read."""
    if type(tensor) is _TENSOR and tensor.is_cpu and tensor.layout is _STRIDED and tensor.is_contiguous():
        try:
            storage = tensor.untyped_storage()
            held, start, count = storage.data_ptr(), tensor.data_ptr(), tensor.nbytes
        except RuntimeError:  # torch has no storage to show
            return _elements_anywhere(tensor)
        if held and held <= start and start + count <= held + storage.nbytes():
            if not (tensor.is_conj() or tensor.is_neg()):
                return _string_at(start, count)
        elif not count:
            return b""
    return _elements_anywhere(tensor)


def _elements_anywhere(tensor: Any) -> Elements:
    if not isinstance(tensor, torch.Tensor):
        return f"{type(tensor).__name__}, no tensor"
    if tensor.is_nested or tensor.layout is not _STRIDED:
        return f"a {'nested' if tensor.is_nested else LAYOUT_WORD.get(tensor.layout, tensor.layout)} tensor"
    size, stride, offset = tuple(tensor.size()), tensor.stride(), int(tensor.storage_offset())
    width = tensor.element_size()
    try:
        storage = tensor.untyped_storage()
        held = storage.data_ptr()
    except BaseException as error:  # noqa: BLE001  torch has no storage to show
        return f"a tensor without storage, {type(error).__name__}"
    needed = reach((size, stride, offset), width)
    if not 0 <= needed <= storage.nbytes():
        return "elements beyond their storage"
    if not needed:
        return b""
    if not held:
        return f"a tensor without memory on {tensor.device.type}"
    found = gather(cells_of(storage), (size, stride, offset), width)
    conj, neg = tensor.is_conj(), tensor.is_neg()
    if conj or neg:
        return resolved(Layout((), (), 0, DTYPE_WORD[tensor.dtype], conj, neg), found)
    return found


def look_at_view(view: torch.Tensor) -> tuple[Any, ...]:
    """A view's `ViewFacts`, as a plain tuple. Raises what torch raises."""
    return (
        view.size(), view.stride(), view.storage_offset(), DTYPE_WORD.get(view.dtype),
        "cpu" if view.is_cpu else view.device.type, view.is_conj(), view.is_neg(),
    )  # fmt: skip


def look_at_copy(view: torch.Tensor) -> tuple[Any, ...]:
    """The `CopyFacts` of a view that became a copy, as a plain tuple. Raises what torch raises."""
    return view.size(), DTYPE_WORD.get(view.dtype), "cpu" if view.is_cpu else view.device.type
