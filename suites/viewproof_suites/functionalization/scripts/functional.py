"""Scripts for the rules `functional.*`: a small mutating program, written out, functionalized in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from viewproof.cases.model import TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.errors import NoScript
from viewproof.running.hazard import HAZARDOUS, REPEATS, TRIES
from viewproof.scripts.content import LAY, READ, split
from viewproof.scripts.frame import Frame, indented
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_suites.functionalization.program import MutatingProgram, program_of, recorded
from viewproof_suites.functionalization.scripts.run import (
    GRAPH_HELPER,
    LEFT,
    MADE,
    STATE_HELPER,
    STEPS_HELPER,
    run_lines,
)

#: The classes whose attributes may be freed memory: they are read more than once.
_DOUBTFUL = frozenset({"_unsafe_view", "resize_"})
_READS = "[elements(one) for one in reads]"


def _program(frame: Frame) -> MutatingProgram:
    if not isinstance(frame.case.args[0], TensorArgument):
        raise NoScript(f"rule {frame.rule}: wanted a strided base, got {type(frame.case.args[0]).__name__}")
    inplace = torch.Tag.inplace_view in resolve(frame.case.operator).tags
    found = program_of(frame.case, frame.subject.expectation, inplace)
    if found is None:
        raise NoScript(f"rule {frame.rule}: wanted a case that has a program, got {frame.case.operator} on one without")
    return found


def _cells(program: MutatingProgram) -> list[list[str]]:
    """The elements of every read, in order: the base, each view, each view after the base was written."""
    layouts = [program.base, *program.layouts, *program.layouts]
    return [
        split(content, DTYPES[layout.dtype].itemsize)
        for content, layout in zip(program.reads, layouts, strict=True)
    ]  # fmt: skip


def _values(_: Frame, program: MutatingProgram) -> list[str]:
    return [
        f"expected = {_cells(program)[1:]}  # each view after the views were written, and after the base was",
        "observed = [elements(one) for one in reads[1:]]",
    ]


def _base(_: Frame, program: MutatingProgram) -> list[str]:
    return [
        f"expected = {_cells(program)[0]}  # the base after the views were written",
        "observed = elements(reads[0])",
    ]


def _input(_: Frame, program: MutatingProgram) -> list[str]:
    return [
        f"expected = {program.seen.storage.hex()!r}  # the input's storage at the end",
        "observed = held(storage).hex()",
    ]


def _layout(frame: Frame, program: MutatingProgram) -> list[str]:
    device = frame.word
    if frame.target == "functionalize-copies":
        rows: list[Any] = [(one.size, f"torch.{one.dtype}", device) for one in program.layouts]
        return [
            f"expected = {rows}  # size, dtype, device of each view",
            "observed = [(fact[0], *fact[3:5]) for fact in facts]",
        ]
    rows = [
        (one.size, one.stride, one.offset, f"torch.{one.dtype}", device, one.conj, one.neg) for one in program.layouts
    ]
    return [f"expected = {rows}  # what each view looks like to the program", "observed = facts"]


def _doubtful(frame: Frame, program: MutatingProgram) -> bool:
    steps = [name for row in recorded(program, frame.target != "functionalize-copies") for name, _ in row]
    return frame.rule == "functional.sequence" and not _DOUBTFUL.isdisjoint(steps)


def _sequence(frame: Frame, program: MutatingProgram) -> list[str]:
    wanted = [list(row) for row in recorded(program, frame.target != "functionalize-copies")]
    lines = [f"expected = {wanted}  # the class of each step, and its attributes"]
    if not _doubtful(frame, program):
        return [*lines, "observed = [[attributes(step) for step in row] for row in steps]"]
    return [
        *lines,
        "# A class that keeps its attributes has them every time it is asked.",
        f"for _ in range({REPEATS}):",
        "    observed = [[attributes(step) for step in row] for row in steps]",
        "    if observed != expected:",
        "        break",
    ]


def _sequence_applied(frame: Frame, program: MutatingProgram) -> list[str]:
    reapply = frame.target == "functionalize"
    later = _cells(program)[1 + len(program.layouts) :]
    rows: list[Any] = []
    for index, (output, one) in enumerate(zip(program.outputs, program.layouts, strict=True)):
        if output.shares == "self":
            where = (one.stride, one.offset, one.conj, one.neg) if reapply else ()
            rows.append((index, (one.size, f"torch.{one.dtype}", *where), later[index]))
    found = ", view.stride(), view.storage_offset(), view.is_conj(), view.is_neg()" if reapply else ""
    return [
        "# Each output's steps applied to a base that was never functionalized.",
        f"base = {'values[-1]' if program.copies else 'inputs[0]'}",
        "expected, observed = [], []",
        f"for index, *wanted in {rows}:",
        "    if index < len(steps) and steps[index]:",
        "        view = torch._C._functionalization.apply_view_meta_sequence(base, steps[index])",
        "        expected.append((index, *wanted))",
        f"        observed.append((index, (tuple(view.size()), str(view.dtype){found}), elements(view)))",
    ]


def _graph(*_: object) -> list[str]:
    return ["expected = []  # mutations and views left in the graph", *LEFT.splitlines()]


def _state(*_: object) -> list[str]:
    return ["expected = state", "observed = thread_state()"]


CHECKS: dict[str, Callable[[Frame, MutatingProgram], list[str]]] = {
    "functional.values": _values,
    "functional.base": _base,
    "functional.input": _input,
    "functional.layout": _layout,
    "functional.sequence": _sequence,
    "functional.sequence-applied": _sequence_applied,
    "functional.graph": _graph,
    "functional.state": _state,
}
_MORE_HELPERS = {
    "functional.sequence": STEPS_HELPER,
    "functional.graph": GRAPH_HELPER,
    "functional.state": STATE_HELPER,
}


def helpers_of(rule: str) -> tuple[str, ...]:
    """The functions that a script for `rule` is built of."""
    return (LAY, READ, MADE, *([_MORE_HELPERS[rule]] if rule in _MORE_HELPERS else []))


def tries_of(frame: Frame) -> int:
    """How many processes the script is run in: more than one where its result depends on freed memory."""
    if frame.case.operator in HAZARDOUS or _doubtful(frame, _program(frame)):
        return TRIES
    return 1


def functional_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    if frame.rule not in CHECKS:
        raise NoScript(f"rule {frame.rule!r}: wanted one of {', '.join(CHECKS)}")
    program = _program(frame)
    lines = run_lines(frame, program)
    if frame.case.operator in HAZARDOUS:
        # Under every rule: the recorded step refers to freed memory, which may show as any fault.
        return [
            f"expected = {_cells(program)}  # the base, each view, each view after the base was written",
            f"for _ in range({REPEATS}):",
            *indented(["with torch.no_grad():", *indented(lines), f"observed = {_READS}"]),
            "    if observed != expected:",
            "        break",
        ]
    before = ["state = thread_state()"] if frame.rule == "functional.state" else []
    after = CHECKS[frame.rule](frame, program)
    if frame.rule == "functional.sequence-applied":
        return ["with torch.no_grad():", *indented([*lines, *after])]
    return [*before, "with torch.no_grad():", *indented(lines), *after]
