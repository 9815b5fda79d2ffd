"""Features of `resize_as_` and `set_()` in a program: functionalization treats a new geometry as new content.

Neither records a view step. The result of their functional form, a dense tensor of the new size, replaces the base as a
mutated alias would: from there on the base has the new size, and what the program writes to it is broadcast to that
size or refused. At the end the input gets that geometry in place, and the content.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from viewproof.cases.model import Case, operand
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import Layout, Refusal, contiguous_strides, element_count, predict
from viewproof_reference.layout.algebra import broadcast_strides
from viewproof_reference.layout.positions import read_bytes
from viewproof_reference.layout.reshape import preserved_strides
from viewproof_suites.functionalization.features.resized import laid, taken_of
from viewproof_suites.functionalization.program import MutatingProgram, strided_program

FEATURES = Features()


class ReplacedView(NamedTuple):
    """What torch gives: the view's layout, lazy bits aside; its bytes after the base was written; the input's
    storage (bytes) at the end; and the layout of the base on which the recorded steps, just an alias, are replayed.
    """

    view: Layout
    later: bytes
    storage: bytes
    replay: Layout


def _functional(program: MutatingProgram) -> Layout:
    # The functional form is the operator on a clone of its operand.
    base, _ = taken_of(program)
    clone = base._replace(stride=preserved_strides(base.size, base.stride), offset=0, conj=False, neg=False)
    case = program.case
    args = [clone, *map(operand, case.args[1:])]
    (output,) = predict(case.operator, args, {name: operand(value) for name, value in case.kwargs})
    found: Layout = output.layout  # type: ignore[assignment]  # strided programs only
    return found


def _given(base: Layout, view: Layout) -> Layout:
    # With another number of elements the input is resized; with only another size it gets the view's strides.
    size = view.size
    if element_count(size) != element_count(base.size):
        return base._replace(size=size, stride=contiguous_strides(size))
    return base if size == base.size else base._replace(size=size, stride=view.stride)


@lru_cache(maxsize=4)
def _replaced(program: MutatingProgram, reapply: bool) -> ReplacedView | None:
    """What torch gives; None where it raises, since what is written to the base cannot be broadcast to the new size."""
    base, _ = taken_of(program)
    view = _functional(program)
    if not reapply:
        view = view._replace(stride=contiguous_strides(view.size))
    last = program.seen.base_write
    try:
        size, stride = broadcast_strides(base.size, contiguous_strides(base.size), view.size)
    except Refusal:
        return None
    later = read_bytes(Layout(size, stride, 0, base.dtype), last)
    if program.copies:
        return ReplacedView(view, later, program.fill, base)
    given = _given(base, view)
    return ReplacedView(view, later, laid(given, program.fill, later), given)


def _on_replaced(name: str, test: Callable[[MutatingProgram, ReplacedView], bool], reapply: bool, text: str) -> None:
    def holds(case: Case, expectation: Expectation) -> bool:
        program = strided_program(case, expectation, inplace=True)
        shown = None if program is None else _replaced(program, reapply)
        return program is not None and shown is not None and test(program, shown)

    holds.__doc__ = text
    FEATURES.feature(name)(holds)


@FEATURES.feature("replaced-base-refused")
def _refused(case: Case, expectation: Expectation) -> bool:
    """The value that the program writes to the base cannot be broadcast to the base's new size."""
    program = strided_program(case, expectation, inplace=True)
    return program is not None and _replaced(program, reapply=True) is None


def _base(program: MutatingProgram, shown: ReplacedView) -> bool:
    return program.reads[1] != program.reads[0]


def _later(program: MutatingProgram, shown: ReplacedView) -> bool:
    return shown.later != program.reads[2]


def _storage(program: MutatingProgram, shown: ReplacedView) -> bool:
    return shown.storage != program.seen.storage


def _stride(program: MutatingProgram, shown: ReplacedView) -> bool:
    return shown.view.stride != program.layouts[0].stride


def _offset(program: MutatingProgram, shown: ReplacedView) -> bool:
    return shown.view.offset != program.layouts[0].offset


def _replay_size(program: MutatingProgram, shown: ReplacedView) -> bool:
    return shown.replay.size != program.layouts[0].size


def _replay_stride(program: MutatingProgram, shown: ReplacedView) -> bool:
    return not _replay_size(program, shown) and shown.replay.stride != program.layouts[0].stride


_on_replaced("replaced-base-otherwise", _base, True, "The base reads what was written to the view, in order.")
_on_replaced("replaced-later-otherwise", _later, True, "The view reads all that was written to the base, in order.")
_on_replaced("replaced-input-otherwise", _storage, True, "The input holds the new base by its new geometry.")
_on_replaced("replaced-input-copy-otherwise", _storage, False, "The same, the new base being contiguous.")
_on_replaced("replaced-stride", _stride, True, "The view has the strides of a clone, or those of its new size.")
_on_replaced("replaced-offset", _offset, True, "The view starts at 0, the operand does not.")
_on_replaced("replaced-replay-size", _replay_size, True, "A copied base keeps the size that the view lost.")
_on_replaced("replaced-replay-stride", _replay_stride, True, "The input's strides are not those due to the view.")
