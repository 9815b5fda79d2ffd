"""Expected and observed evidence as rows of a table, the differing ones marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from tabulate import tabulate

from viewproof.cases.answers import Answers
from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Evidence, Raised, Refused
from viewproof.evidence.subject import Subject
from viewproof.reports.drawing import draw_storage, draw_together
from viewproof.visible import one_line
from viewproof_reference.layout.model import Layout

UNSAID = "-"
LONGEST = 160
"""Characters of a fact that are shown."""


class Row(NamedTuple):
    """One compared fact."""

    what: str
    expected: str
    observed: str
    differs: bool


def rows_of(probes: Sequence[str], expected: Any, observed: Evidence) -> list[Row]:
    """Every fact that the probes show, expected beside observed; a refusal, and what was raised, is one row.

    Each text is on one line, with nothing in it that acts on a terminal.
    """
    return [
        Row(one_line(what), one_line(one), one_line(other), differs)
        for what, one, other, differs in _rows(probes, expected, observed)
    ]


def _rows(probes: Sequence[str], expected: Any, observed: Evidence) -> list[Row]:
    if isinstance(expected, Refused):
        return [Row("outcome", expected.kind, _outcome(observed), expected != observed)]
    if isinstance(observed, Raised):
        return [Row("outcome", "accepted", _outcome(observed), True)]
    rows: list[Row] = []
    for probe, one, other in zip(probes, expected, observed, strict=True):
        if probe == "facts":
            rows += _outputs(one, other)
        else:
            rows += _plain(probe, one, other)
    return rows


def _outcome(observed: Evidence) -> str:
    return f"{observed.classes[0]}: {observed.message[:160]}" if isinstance(observed, Raised) else "accepted"


def _outputs(expected: Sequence[Any], observed: Sequence[Any]) -> Iterator[Row]:
    yield Row("outputs", str(len(expected)), str(len(observed)), len(expected) != len(observed))
    for index, (one, other) in enumerate(zip(expected, observed, strict=False)):
        where = f"output {index} " if len(expected) > 1 else ""
        for name, left, right in zip(OutputFacts._fields, one, other, strict=True):
            if name == "on":
                yield Row(f"{where}lives on", left or "its own storage", right or "its own storage", left != right)
            elif name == "identity":
                yield Row(f"{where}very input", str(left), str(right), left != right)
            elif name != "detail" or left or right:
                yield Row(where + name, _text(left), _text(right), left != right)


def _plain(name: str, expected: Any, observed: Any) -> Iterator[Row]:
    """The parts of two sides, down to where they are no longer tuples with names."""
    left, right = _named(expected), _named(observed)
    if left is None or right is None:
        yield Row(name, _brief(expected), _brief(observed), expected != observed)
        return
    for part in dict.fromkeys((*left, *right)):
        if part in left and part in right:
            yield from _plain(f"{name} {part}", left[part], right[part])
        else:
            one, other = left.get(part, UNSAID), right.get(part, UNSAID)
            yield Row(f"{name} {part}", _brief(one), _brief(other), True)


def _named(side: Any) -> dict[str, Any] | None:
    if isinstance(side, Answers):
        return dict(side.by_name())
    if isinstance(side, msgspec.Struct):
        return {field: getattr(side, field) for field in side.__struct_fields__}
    if isinstance(side, tuple) and hasattr(side, "_fields"):
        return {field: getattr(side, field) for field in side._fields}
    if isinstance(side, tuple) and side and all(hasattr(one, "_fields") for one in side):
        return {str(place): one for place, one in enumerate(side)}
    return None


def _brief(value: object) -> str:
    text = " ".join(str(value.hex(" ") if isinstance(value, bytes) else value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _text(value: object) -> str:
    return str(tuple(value)) if isinstance(value, tuple) and not hasattr(value, "_fields") else str(value)


def plain_table(rows: list[Row]) -> str:
    """The rows as text; `!` marks what differs."""
    table = [("!" if row.differs else "", row.what, row.expected, row.observed) for row in rows]
    return tabulate(table, headers=("", "", "expected", "observed"), tablefmt="simple", disable_numparse=True)


def drawings_of(subject: Subject, outputs: Sequence[OutputFacts], width: int = 80) -> list[str]:
    """A drawing an output: expected and observed on one storage; the expected one alone where nothing came back."""
    drawn = []
    for index, one in enumerate(subject.expectation.outputs or ()):
        layout = one.layout
        if not isinstance(layout, Layout):
            continue
        facts = OutputFacts._make(outputs[index]) if index < len(outputs) else None
        if facts is not None and facts.layout == "strided":
            seen = Layout(
                tuple(facts.size), tuple(facts.stride), facts.offset, facts.dtype, storage_bytes=facts.storage_bytes
            )
            drawn.append(draw_together(layout, seen, width))
        else:
            drawn.append(draw_storage([("expected", layout)], width))
    return drawn
