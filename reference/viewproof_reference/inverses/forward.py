"""The forward of a view: each output element is the element at one position of the base's storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viewproof_reference.inverses.model import DataTensor
from viewproof_reference.layout import predict
from viewproof_reference.layout.model import Layout, Refusal


def view_layout(overload: str, base: Layout, index: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Layout:
    """The layout of output `index` of the view `overload` of `base`, `args` being what follows the base.

    Refusal as the layout rule has it; Refusal RuntimeError where the call copies, IndexError for an output that the
    call does not have.
    """
    outputs = predict(overload, [base, *args], kwargs)
    if not 0 <= index < len(outputs):
        raise Refusal("IndexError", f"out index: wanted one of {len(outputs)}, got {index}")
    layout = outputs[index].layout
    if outputs[index].shares != "self" or type(layout) is not Layout:
        raise Refusal("RuntimeError", f"{overload}: wanted a view of its operand, got a tensor of its own")
    return layout


def forward(
    overload: str, base: DataTensor, index: int = 0, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> DataTensor:
    """Output `index` of the view `overload` (`aten.select.int`) of `base`, on the base's storage.

    `args` are the arguments after the base, `kwargs` those by name. Refusals are those of `view_layout`.
    """
    return DataTensor(view_layout(overload, base.layout, index, args, kwargs or {}), base.storage)
