"""A glance: a quick comparison of a call's outputs with the reference that only says whether every fact agrees.

Most executions conform, and for those nothing more needs to be known. Where a glance does not agree, the session
makes a full observation of the same outputs, from which the rules find what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from viewproof.tensors.bases import Base
from viewproof.tensors.build import DTYPE_OF
from viewproof_reference.layout.model import Layout, Output

is_alias_of: Callable[[torch.Tensor, torch.Tensor], bool] = torch._C._is_alias_of  # type: ignore[attr-defined]


# Looked up once: this is the innermost loop.
_TENSOR, _STRIDED = torch.Tensor, torch.strided


def agrees(output: Any, wanted: Output, bases: Mapping[str, Base], operand: Any, device: str) -> bool:
    """Whether a call's one output has the facts, the storage and the object identity that the reference says.

    `device` is the device type that it must report. False for every composite output (sparse, nested).
    """
    layout, shares, _, _, identity = wanted
    if type(layout) is not Layout:
        return False
    size, stride, offset, dtype, conj, neg, storage_bytes = layout
    plain = type(output) is _TENSOR
    if not plain and not isinstance(output, _TENSOR):
        return False
    if output.is_nested or output.layout is not _STRIDED:
        return False
    if not (
        output.size() == size
        and output.stride() == stride
        and output.storage_offset() == offset
        and output.dtype is DTYPE_OF[dtype]
        and output.is_conj() is conj
        and output.is_neg() is neg
        and (output is operand) is identity
    ):
        return False
    if shares is None:
        return (
            output.untyped_storage().nbytes() == storage_bytes
            and output.device.type == device
            # An operand that the call put on another storage is still the same object.
            and not any(is_alias_of(output, other.tensor) for other in bases.values() if other.tensor is not output)
        )
    base = bases.get(shares)
    if base is None or base.storage_bytes != storage_bytes or not is_alias_of(output, base.tensor):
        return False
    # A plain tensor on the base's storage is on the base's device; a fake one says which it stands for.
    return plain or output.device.type == device


def agree_all(
    outputs: Sequence[Any], wanted: Sequence[Output], bases: Mapping[str, Base], operand: Any, device: str
) -> bool:
    """Whether a call gave as many outputs as the reference says, each agreeing with the expected one in its place."""
    if len(outputs) != len(wanted):
        return False
    # A plain loop: a generator would cost as much as the comparison.
    for output, one in zip(outputs, wanted, strict=True):  # noqa: SIM110
        if not agrees(output, one, bases, operand, device):
            return False
    return True
