"""What a copy or a scatter holds, element by element, given the bytes of the operands' storages.

`Output.reads` names one layout over one storage, which is enough for a view and for its copy. A scatter takes its
elements from two storages, and a copy of a materialized operand from a storage that torch makes on the way; both are
computed here. Bytes are in the machine's order, little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from viewproof_reference.layout.copies import COPIES, OUTS, dense, materialized, needs_materializing, viewed
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, element_count
from viewproof_reference.layout.positions import positions, read_bytes
from viewproof_reference.layout.registry import predict
from viewproof_reference.layout.scatter import SCATTERS

#: The elements of one output in logical order; None for one that was converted from another dtype.
Cells = tuple[bytes | None, ...]


def cells(layout: Layout, storage: bytes) -> list[bytes]:
    """The bytes of each element that a reader of the layout gets from `storage`, in logical order."""
    width = DTYPES[layout.dtype].itemsize
    flat = read_bytes(layout, storage)
    return [flat[start : start + width] for start in range(0, len(flat), width)]


def laid_out(layout: Layout, values: Iterable[bytes]) -> bytes:
    """A storage for `layout` that holds `values` at its elements, in logical order, and zeros elsewhere."""
    width = DTYPES[layout.dtype].itemsize
    storage = bytearray(layout.storage_bytes)
    for place, value in zip(positions(layout), values, strict=True):
        storage[place * width : place * width + width] = value
    return bytes(storage)


def is_copy(operator: str) -> bool:
    """Whether `operator` (`aten.t_copy.default`) is a copy, a scatter, or the `out=` of one."""
    name = operator.removeprefix("aten.")
    return name in COPIES or name in SCATTERS or name in OUTS


def is_out(operator: str) -> bool:
    """Whether `operator` is the `out=` overload of a copy or a scatter."""
    return operator.removeprefix("aten.") in OUTS


def held(
    operator: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], storages: Mapping[str, bytes]
) -> tuple[Cells | None, ...]:
    """For each output of an accepted call its elements; None for an output of several components.

    `storages` holds the bytes of each operand component before the call, by the names that `Output.source` uses.
    """
    name = operator.removeprefix("aten.")
    named = dict(kwargs)
    out = named.pop("out", None)
    name = OUTS.get(name, name)
    if name == "_to_copy.default" and out is not None:
        named["dtype"] = out.dtype
    if name in SCATTERS:
        return (_scattered(SCATTERS[name], args, named, storages),)
    view = COPIES[name]
    if needs_materializing(view, args[0]):
        self = materialized(args[0])
        made = laid_out(self, cells(args[0], storages["self"]))
        return tuple([_read(one, {"self": made}) for one in viewed(view, self, args[1:], named)])
    return tuple([_read(one, storages) for one in predict(f"aten.{name}", args, named)])


def _read(output: Output, storages: Mapping[str, bytes]) -> Cells | None:
    layout = output.layout
    if not isinstance(layout, Layout):
        return None
    if output.reads is None or output.source is None:
        return (None,) * element_count(layout.size)
    return tuple(cells(output.reads, storages[output.source]))


def _scattered(view: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], storages: Mapping[str, bytes]) -> Cells:
    self, src = args[:2]
    # What is converted to another dtype is not compared.
    sent = cells(src, storages["src"]) if src.dtype == self.dtype else [None] * element_count(src.size)
    sources = {"self": cells(self, storages["self"]), "src": sent}
    return tuple([sources[name][place] for name, place in _origins(view, args, kwargs)])


def _origins(view: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[str, int]]:
    self, _, *rest = args
    # `as_strided` names positions of the base's storage; every other view, elements of the base in logical order.
    base = self if view == "as_strided.default" else dense(self.size, self.dtype)
    (seen,) = predict(f"aten.{view}", (base, *rest), kwargs)
    assert isinstance(seen.layout, Layout)
    laid = {place: ("src", index) for index, place in enumerate(positions(seen.layout))}
    return [laid.get(place, ("self", index)) for index, place in enumerate(positions(base))]


def origins(operator: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[str, int]]:
    """For each element of a scatter's result, in logical order, its origin: `self` or `src`, and the index there.

    Raises KeyError where `operator` is no scatter.
    """
    return _origins(SCATTERS[operator.removeprefix("aten.")], args, kwargs)


def is_scatter(operator: str) -> bool:
    """Whether `operator` is a scatter without an `out=`."""
    return operator.removeprefix("aten.") in SCATTERS
