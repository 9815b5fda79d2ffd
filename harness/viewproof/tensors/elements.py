"""The elements of any tensor, read where they lie, by address and stride, without an operator of torch's."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD
from viewproof.tensors.memory import cells_of, gather, reach
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_reference.programs import resolved

#: The bytes of elements, row-major; in words, why there are none to read.
Elements = bytes | str

_STRIDED = torch.strided
_TENSOR = torch.Tensor
_string_at = ctypes.string_at


def with_bits_resolved(elements: bytes, dtype: str, conj: bool, neg: bool) -> bytes:
    """What a reader gets for elements that are stored so under these lazy bits; as stored in a dtype of no rule's."""
    if not (conj or neg) or dtype not in DTYPES:
        return elements
    return resolved(Layout((), (), 0, dtype, conj, neg), elements)


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
    return with_bits_resolved(found, DTYPE_WORD[tensor.dtype], tensor.is_conj(), tensor.is_neg())
