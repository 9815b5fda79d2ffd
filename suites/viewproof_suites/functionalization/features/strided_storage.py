"""A model of what torch's functionalization does with a program of `as_strided`, faults included, on bytes.

`as_strided` counts positions in a storage. Functionalization mostly keeps the base's storage: each write through the
view becomes `as_strided_scatter` into a copy of the whole storage, with the base's own strides and offset. In three
cases it does not. The transform copies only the base's elements back to its input. A base with a lazy bit is first
resolved to a dense copy of its elements on a storage of their own. Where views become copies, the alias that an
in-place call starts from is such a copy too. The recorded sizes, strides and offset are then applied to the copy, where
they name other elements, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from viewproof.cases.model import TensorArgument
from viewproof_reference.inverses import DataTensor
from viewproof_reference.layout import DTYPES, Layout, Size, contiguous_strides, element_count
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.copies import repeats
from viewproof_reference.layout.positions import needed_bytes, read_bytes
from viewproof_reference.layout.reshape import preserved_strides
from viewproof_reference.programs import copied_base, overlaps
from viewproof_suites.functionalization.features.resized import laid
from viewproof_suites.functionalization.program import MutatingProgram

#: Why torch refuses a program.
OVERLAP = "it writes elements that share a place by a stride of 0"
PAST_END = "the numbers leave the copy's storage"
GRAD = "the base requires grad and is not contiguous"


class Outcome(NamedTuple):
    """What a program gives, in bytes: its reads in order, the input's storage at the end, the steps replayed on it.

    `error` says why torch refuses the program; it is empty where the program runs, else all other fields are.
    """

    error: str
    reads: tuple[bytes, ...] = ()
    storage: bytes = b""
    replayed: bytes = b""


class _TorchRefusal(Exception):
    """Torch refuses the program."""


class _Step(NamedTuple):
    """The view's step: the arguments of its call (`offset` None for the operand's own), and how it is applied."""

    size: Size
    stride: Size
    offset: int | None
    inplace: bool
    reapply: bool


def _laid(held: DataTensor, stride: Size) -> DataTensor:
    # A copy of the elements with these strides, on a storage of just these elements.
    old = held.layout
    width = DTYPES[old.dtype].itemsize
    layout = Layout(old.size, stride, 0, old.dtype, storage_bytes=element_count(old.size) * width)
    return _written(DataTensor(layout, bytes(layout.storage_bytes)), read_bytes(old, held.storage))


def _contiguous(held: DataTensor) -> DataTensor:
    return _laid(held, contiguous_strides(held.layout.size))


def _resolved(held: DataTensor) -> DataTensor:
    # What torch passes to an operator that has no kernel for the lazy bit.
    layout = held.layout
    return _laid(held, preserved_strides(layout.size, layout.stride)) if layout.conj or layout.neg else held


def _written(held: DataTensor, elements: bytes) -> DataTensor:
    return DataTensor(held.layout, laid(held.layout, held.storage, elements))


def _strided(step: _Step, held: DataTensor) -> DataTensor:
    layout = held.layout
    offset = layout.offset if step.offset is None else step.offset
    view = layout._replace(size=step.size, stride=step.stride, offset=offset)
    if needed_bytes(view) > len(held.storage):
        raise _TorchRefusal(PAST_END)
    return DataTensor(view, held.storage)


def _operand(step: _Step, base: DataTensor) -> DataTensor:
    # What the step is applied to: an in-place call gets an alias, which is a copy where views become copies.
    return _contiguous(base) if step.inplace and not step.reapply else base


def _forward(step: _Step, base: DataTensor) -> bytes:
    on = _operand(step, base)
    view = _strided(step, on if step.reapply else _resolved(on))
    return read_bytes(view.layout, view.storage)


def _reverse(step: _Step, base: DataTensor, elements: bytes, grad: bool) -> DataTensor:
    on = _resolved(_operand(step, base))
    if grad and on is base and not is_contiguous(base.layout.size, base.layout.stride):
        raise _TorchRefusal(GRAD)
    view = _strided(step, on)
    if repeats(view.layout):
        raise _TorchRefusal(OVERLAP)
    return DataTensor(on.layout, _written(view, elements).storage)


def _run(program: MutatingProgram, step: _Step, grad: bool) -> Outcome:
    given = DataTensor(program.base, program.fill)
    base = _contiguous(given) if program.copies else given
    seen = program.seen
    (view,) = program.layouts
    elements = seen.writes[0] * element_count(view.size) if overlaps(view) else seen.writes[0]
    _forward(step, base)
    base = _reverse(step, base, elements, grad and not program.copies)
    reads = [read_bytes(base.layout, base.storage), _forward(step, base)]
    base = _written(base, seen.base_write)
    reads.append(_forward(step, base))
    if program.copies:  # the input was not written, and the steps are replayed on what the base took
        copy = copied_base(program.base)
        return Outcome("", tuple(reads), given.storage, _forward(step, DataTensor(copy, seen.base_write)))
    given = _written(given, read_bytes(base.layout, base.storage))
    return Outcome("", tuple(reads), given.storage, _forward(step, given))


def _numbers(args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Size, Size, int | None]:
    names = ("size", "stride", "storage_offset")
    given = dict(zip(names, args, strict=False)) | kwargs
    return given["size"], given["stride"], given.get("storage_offset")


def outcome(program: MutatingProgram, inplace: bool, reapply: bool) -> Outcome:
    """What torch gives for a program that takes one view, by `as_strided_` of an alias where `inplace`.

    `reapply` says that views are reapplied; else they become copies.
    """
    first, *rest = program.case.args
    step = _Step(*_numbers(rest, dict(program.case.kwargs)), inplace, reapply)
    grad = isinstance(first, TensorArgument) and "grad" in first.flags
    try:
        return _run(program, step, grad)
    except _TorchRefusal as refused:
        return Outcome(str(refused))
