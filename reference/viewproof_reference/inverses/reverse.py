"""The reverse of a view: the base after the elements that the view names were overwritten by the mutated view's.

What the contract demands where it is not obvious:

- A position that several elements of the view name (`expand`, windows of `unfold` or `as_strided` that overlap) gets
  the value that all of them have, as by a write through the view in eager: eager refuses a write that could make them
  disagree, and accepts one that cannot (`fill_`). The elements' changes are not summed. Where the elements do disagree,
  the contract leaves the position open: each of the values is as right as another.
- In a base that overlaps itself, a write shows in every element of the base at that position.
- ALWAYS_VIEW needs a mutated view at the view's own positions, on a storage as long as the base needs. Then the storage
  also holds the elements of the base that the view leaves out. A mutated view at other positions is refused.
- VIEW_OR_SCATTER keeps the base's strides where the mutated view has the strides of the view, since other views of the
  base are taken again from the new base. A mutated view that an operator made with strides of its own determines the
  values but no strides; nor does a new tensor need to overlap itself as the base does. NEVER_VIEW gives a tensor as a
  copy operator does.

Sources: torch/csrc/autograd/python_variable.cpp, `_rev_view_func_unsafe`; aten/src/ATen/FunctionalInverses.cpp, its
notes on the three modes; aten/src/ATen/native/Fill.cpp for a write to overlapping elements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viewproof_reference.inverses.forward import view_layout
from viewproof_reference.inverses.model import DataTensor, NewBase, Placement, ReturnMode, Sharing, cells, raw_cells
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Refusal, contiguous_strides, element_count
from viewproof_reference.layout.positions import needed_bytes, overlaps, positions, read_bytes


def reverse(  # noqa: PLR0917  -- the arguments of a ViewMeta's reverse, in its order
    overload: str,
    base: DataTensor,
    mutated: DataTensor,
    mode: ReturnMode,
    index: int = 0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> NewBase:
    """The new base, from `mutated`: output `index` of the view `overload` of `base`, changed.

    `args` and `kwargs` are the view's arguments after the base. Refusal RuntimeError where the mutated view has
    another size or dtype than the view, or, in ALWAYS_VIEW, lies elsewhere or on too short a storage; else as
    `forward` refuses.
    """
    view = view_layout(overload, base.layout, index, args, kwargs or {})
    got = mutated.layout
    if (got.size, got.dtype) != (view.size, view.dtype):
        raise Refusal(
            "RuntimeError", f"mutated view: wanted {view.dtype} of size {view.size}, got {got.dtype} of {got.size}"
        )
    if mode is ReturnMode.ALWAYS_VIEW:
        return _seen_through(base.layout, view, mutated)
    return _written(base, view, mutated, mode)


def _seen_through(base: Layout, view: Layout, mutated: DataTensor) -> NewBase:
    got = mutated.layout
    if (got.conj, got.neg) != (view.conj, view.neg) or positions(got) != positions(view):
        raise Refusal("RuntimeError", f"mutated view: wanted it where the view lies, {view}, got {got}")
    if needed_bytes(base) > len(mutated.storage):
        raise Refusal(
            "RuntimeError", f"mutated view: wanted {needed_bytes(base)} bytes of storage, got {len(mutated.storage)}"
        )
    layout = base._replace(storage_bytes=len(mutated.storage))
    return NewBase(layout, DataTensor(layout, mutated.storage).values, Sharing.VIEW, Placement.EXACT)


def _written(base: DataTensor, view: Layout, mutated: DataTensor, mode: ReturnMode) -> NewBase:
    storage = bytearray(base.storage)
    open_bytes: set[int] = set()
    width = DTYPES[view.dtype].itemsize
    laid: dict[int, bytes] = {}
    for place, cell in zip(positions(view), raw_cells(view, mutated.values), strict=True):
        if laid.setdefault(place, cell) != cell:
            open_bytes.update(range(place * width, (place + 1) * width))
    for place, cell in laid.items():
        storage[place * width : (place + 1) * width] = cell
    layout = base.layout
    values: tuple[bytes | None, ...] = cells(read_bytes(layout, bytes(storage)), layout.dtype)
    if open_bytes:
        reach = DTYPES[layout.dtype].itemsize
        values = tuple([
            None if open_bytes.intersection(range(place * reach, (place + 1) * reach)) else value
            for place, value in zip(positions(layout), values, strict=True)
        ])  # fmt: skip
    if mode is ReturnMode.VIEW_OR_SCATTER:
        return NewBase(layout, values, Sharing.EITHER, _scattered(layout, view, mutated.layout))
    return NewBase(_compact(layout), values, Sharing.OWN, Placement.FREE)


def _scattered(base: Layout, view: Layout, mutated: Layout) -> Placement:
    # An empty mutated view does not determine strides, and a new tensor should not overlap itself.
    steps = positions(view._replace(offset=0))
    if not steps or steps != positions(mutated._replace(offset=0)) or overlaps(base):
        return Placement.FREE
    return Placement.STRIDE


def _compact(layout: Layout) -> Layout:
    # The layout of a copy operator's result: contiguous, offset 0, no lazy bits, on a storage of exactly its elements.
    size, _, _, dtype, _, _, _ = layout
    count_bytes = element_count(size) * DTYPES[dtype].itemsize
    return Layout(size, contiguous_strides(size), 0, dtype, False, False, count_bytes)
