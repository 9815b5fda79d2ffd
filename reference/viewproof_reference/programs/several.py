"""The steps of composite views with several outputs: each piece is a slice, or an output of `split`. No torch.

Sources: aten/src/ATen/native/TensorShape.cpp (`chunk`, `tensor_split`, `hsplit`, `vsplit`, `dsplit`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from viewproof_reference.layout.algebra import wrap_dim
from viewproof_reference.layout.model import KnownTensor, Layout
from viewproof_reference.programs.primitives import COMPOSITES, Call, Composite, Row


def _slices(dim: int, bounds: Sequence[tuple[int, int]]) -> list[Row]:
    return [[("slice_Tensor", (dim, start, end, 1), None)] for start, end in bounds]


def _at(dim: int, indices: Sequence[int], extent: int) -> list[Row]:
    """A piece before each index, and one from the last index to the end."""
    return _slices(dim, list(zip((0, *indices), (*indices, extent), strict=True)))


def _into(dim: int, sections: int, extent: int) -> list[Row]:
    """`sections` pieces; if `extent` is no multiple of them, the first ones are longer by one."""
    size, more = divmod(extent, sections)
    bounds: list[tuple[int, int]] = []
    start = 0
    for piece in range(sections):
        end = start + size + (piece < more)
        bounds.append((start, end))
        start = end
    return _slices(dim, bounds)


def _cut(base: Layout, where: Any, dim: int) -> list[Row]:
    extent = base.size[dim]
    if isinstance(where, KnownTensor):
        where = where.values if where.layout.size else where.values[0]
    return _into(dim, where, extent) if type(where) is int else _at(dim, where, extent)


def _tensor_split(call: Call) -> Sequence[Row]:
    dim = call.args[1] if len(call.args) > 1 else call.kwargs.get("dim", 0)
    return _cut(call.base, call.args[0], wrap_dim(dim, len(call.base.size)))


def _along(choose: Callable[[int], int]) -> Composite:
    def rows(call: Call) -> Sequence[Row]:
        return _cut(call.base, call.args[0], choose(len(call.base.size)))

    return rows


def _chunk(call: Call) -> Sequence[Row]:
    count = call.args[0]
    dim = call.args[1] if len(call.args) > 1 else call.kwargs.get("dim", 0)
    extent = call.base.size[wrap_dim(dim, len(call.base.size))]
    if extent == 0:
        return [[("split_with_sizes", ((0,) * count, dim), index)] for index in range(len(call.outputs))]
    return [[("split_Tensor", (-(-extent // count), dim), index)] for index in range(len(call.outputs))]


COMPOSITES["aten.chunk.default"] = _chunk
for _name in ("sections", "indices", "tensor_indices_or_sections"):
    COMPOSITES[f"aten.tensor_split.{_name}"] = _tensor_split
for _name in ("int", "array"):
    COMPOSITES[f"aten.hsplit.{_name}"] = _along(lambda rank: 0 if rank == 1 else 1)
    COMPOSITES[f"aten.vsplit.{_name}"] = _along(lambda _: 0)
    COMPOSITES[f"aten.dsplit.{_name}"] = _along(lambda _: 2)
