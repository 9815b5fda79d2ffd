"""The storage drawings of a finding, as data: the operand, what was expected on it, and what was observed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from viewproof.cases.model import TENSOR_ARGUMENTS, Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.evidence.expectation import expect
from viewproof.reports.drawing import Drawing, lay_out
from viewproof_reference.layout.model import AnyLayout, DualLayout, Layout, NestedLayout, Output, SparseLayout

MAX_CELLS = 160
MAX_ROWS = 12
MAX_PICTURES = 4
OF_THE_CALL = frozenset({"layout", "alias", "copy", "replay", "grad", "error"})
"""The groups of rules that expect of a call's outputs what the reference says of the call."""
_SAID = re.compile(r"(?:output (\d+): )?(size|stride|insignificant stride|offset|dtype) (.+)", re.DOTALL)


class NoDrawing(ValueError):
    """Raised where there is nothing to draw; the message says why."""


def pictures_of(case: Any, observed: Mapping[str, str], rule: str = "layout.size") -> list[tuple[str, Drawing]]:
    """The drawings of a case, each with its title: one a storage that an output lies on.

    `observed` holds what the layout rules that failed on this case and target reported, by rule. Where `rule` asks
    for something else than the call's own outputs, these are labelled `view` and not `expected`. Raises NoDrawing.
    """
    if not isinstance(case, Case):
        raise NoDrawing("the subject is no call, and has no storage")
    operands = dict(_operands(case))
    expectation = expect(case)
    word = "expected" if rule.partition(".")[0] in OF_THE_CALL else "view"
    seen = _observed(expectation.outputs or (), observed)
    drawn: dict[str, list[tuple[str, Layout]]] = {}
    unsaid: set[str] = set()
    for index, output in enumerate(expectation.outputs or ()):
        which = f" {index}" if len(expectation.outputs or ()) > 1 else ""
        for part, layout in _views(output.layout):
            place = output.shares if output.shares is not None else f"output{which}"
            rows = drawn.setdefault(place, [])
            if not rows and place in operands:
                rows.append((place, operands[place]))
            rows.append((f"{word}{which}{part}", layout))
        if index in seen and isinstance(output.layout, Layout):
            drawn[place].append((f"observed{which}", seen[index]))
            if output.shares is None:
                unsaid.add(place)
    if not drawn:
        drawn = {place: [(place, layout)] for place, layout in operands.items()}
    if not drawn:
        raise NoDrawing("the call has no tensor that lies on a storage")
    own = {f"output{which}" for which in ("", *[f" {index}" for index in range(len(expectation.outputs or ()))])}
    pictures = [
        (f"storage of {place}" + (", of its own" if place in own else ""), _drawing(rows, unsaid=place in unsaid))
        for place, rows in list(drawn.items())[:MAX_PICTURES]
    ]
    if len(drawn) > MAX_PICTURES:
        title, last = pictures[-1]
        pictures[-1] = title, last._replace(notes=(*last.notes, f"{len(drawn) - MAX_PICTURES} more are not drawn"))
    return pictures


def _drawing(rows: list[tuple[str, Layout]], *, unsaid: bool) -> Drawing:
    drawing = lay_out(rows[:MAX_ROWS], max(layout.storage_bytes for _, layout in rows) or None, MAX_CELLS)
    if unsaid:
        said = "observed: its layout is what the layout rules reported; they do not say which storage it lies on"
        drawing = drawing._replace(notes=(*drawing.notes, said))
    if len(rows) > MAX_ROWS:
        drawing = drawing._replace(notes=(*drawing.notes, f"{len(rows) - MAX_ROWS} more rows are not drawn"))
    return drawing


def _operands(case: Case) -> Iterator[tuple[str, Layout]]:
    """The strided components of the tensor arguments, by the names that the reference gives them."""
    names = [argument.name for argument in resolve(case.operator)._schema.arguments]
    for name, value in [*zip(names, case.args, strict=False), *case.kwargs]:
        if type(value) in TENSOR_ARGUMENTS:
            yield from _components(name, value)


def _components(name: str, value: Any) -> Iterator[tuple[str, Layout]]:
    if isinstance(value, TensorArgument):
        yield name, value.layout
    elif isinstance(value, SparseArgument):
        yield f"{name}.values", value.values.layout
        yield f"{name}.indices", value.indices.layout
        if value.plain_indices is not None:
            yield f"{name}.plain_indices", value.plain_indices.layout
    elif isinstance(value, NestedArgument):
        yield f"{name}.buffer", value.buffer.layout
    elif isinstance(value, DualArgument):
        yield f"{name}.primal", value.primal.layout
        if value.tangent is not None:
            yield f"{name}.tangent", value.tangent.layout


def _views(layout: AnyLayout) -> Iterator[tuple[str, Layout]]:
    """The strided views that a layout consists of on its one storage, each with what is added to its label."""
    if isinstance(layout, Layout):
        yield "", layout
    elif isinstance(layout, SparseLayout):
        yield " values", layout.values
    elif isinstance(layout, DualLayout):
        yield " primal", layout.primal
    elif isinstance(layout, NestedLayout):
        for index, (size, stride, offset) in enumerate(zip(layout.sizes, layout.strides, layout.offsets, strict=True)):
            yield f" part {index}", layout.buffer._replace(size=size, stride=stride, offset=offset)


def _observed(outputs: tuple[Output, ...], said: Mapping[str, str]) -> dict[int, Layout]:
    """The observed layouts that the layout rules' reports and the expectation add up to; the others are left out."""
    changes: dict[int, dict[str, Any]] = {}
    for text in said.values():
        match = _SAID.fullmatch(text)
        if match is None:
            continue
        value = match[3] if match[2] == "dtype" else _literal(match[3])
        if value is not None:
            changes.setdefault(int(match[1] or 0), {})[match[2]] = value
    found = {}
    for index, change in changes.items():
        expected = outputs[index].layout if index < len(outputs) else None
        if isinstance(expected, Layout) and (layout := _changed(expected, change)) is not None:
            found[index] = layout
    return found


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _changed(expected: Layout, change: Mapping[str, Any]) -> Layout | None:
    size = change.get("size", expected.size)
    stride: list[Any] = list(expected.stride) if size == expected.size else [None] * len(size)
    for told in (change.get("stride", (None, ()))[0], change.get("insignificant stride")):
        if told is not None and len(told) == len(stride):
            stride = [old if new is None else new for old, new in zip(stride, told, strict=True)]
    # A dimension of one element needs no stride to be drawn; any other does.
    if 0 not in size and any(step is None and extent != 1 for step, extent in zip(stride, size, strict=True)):
        return None
    return expected._replace(
        size=tuple(size),
        stride=tuple(step or 0 for step in stride),
        offset=change.get("offset", expected.offset),
        dtype=change.get("dtype", expected.dtype),
    )
