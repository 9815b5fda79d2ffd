"""A call as text, for messages: the operator and its arguments at that time, tensors as code that makes one like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from viewproof_reference.replacements.crossref.facts import has_facts
from viewproof_reference.replacements.crossref.metadata import Mismatch
from viewproof_reference.replacements.crossref.torchs import asks_torch


def argument_text(argument: Any, *, bare: bool = False) -> str:
    """An argument as text: a tensor as code that makes one like it, a container with its items' text, else its repr.

    A tensor's text is `torch.empty_strided(SIZE, STRIDE, dtype=DTYPE)`, followed by its offset and bits if it has any.
    Torch's own messages leave these out, as does a `bare` text.
    """
    if isinstance(argument, torch.Tensor):
        return _tensor_text(argument, bare=bare)
    if type(argument) is list:
        return "[" + ", ".join([argument_text(one, bare=bare) for one in argument]) + "]"
    if type(argument) is tuple:
        inside = ", ".join([argument_text(one, bare=bare) for one in argument])
        return f"({inside},)" if len(argument) == 1 else f"({inside})"
    if type(argument) is dict:
        return "{" + ", ".join([f"{key!r}: {argument_text(one, bare=bare)}" for key, one in argument.items()]) + "}"
    return repr(argument)


@asks_torch
def _tensor_text(tensor: torch.Tensor, *, bare: bool) -> str:
    if not has_facts(tensor):
        kind = "nested" if tensor.is_nested else str(tensor.layout).removeprefix("torch.")
        return f"a {kind} tensor of {tensor.dtype}"
    text = f"torch.empty_strided({tuple(tensor.size())}, {tensor.stride()}, dtype={tensor.dtype})"
    if bare:
        return text
    offset = tensor.storage_offset()
    bits = [word for word, bit in (("conj", tensor.is_conj()), ("neg", tensor.is_neg())) if bit]
    return text + (f"+{offset}" if offset else "") + "".join([f"~{word}" for word in bits])


def call_text(operator: object, args: Sequence[Any], kwargs: Mapping[str, Any], *, bare: bool = False) -> str:
    """`aten.slice.Tensor(torch.empty_strided((3, 4), (4, 1), dtype=torch.float32), 0, 1)`; see `argument_text`."""
    parts = [argument_text(one, bare=bare) for one in args]
    parts += [f"{name}={argument_text(one, bare=bare)}" for name, one in kwargs.items()]
    return f"{operator}({', '.join(parts)})"


def message(call: str, mismatch: Mismatch) -> str:
    """One mismatch of a call in one line."""
    where = f" output{mismatch.place}" if mismatch.fact != "structure" else ""
    at = "" if mismatch.dimension is None else f" (at dimension {mismatch.dimension})"
    return f"{call}{where}: {mismatch.fact} {mismatch.fake} in the fake run, {mismatch.functional} functionalized{at}"
