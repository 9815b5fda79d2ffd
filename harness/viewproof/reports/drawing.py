"""A storage drawn as cells, with the elements of views on it: the drawing as data, and as plain text. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import needed_bytes, positions

MAX_CELLS = 512
MAX_ELEMENTS = 100_000


class Drawing(NamedTuple):
    """What is drawn: a storage of `cells` cells of `cell_bytes` bytes, and one row of marks a view.

    A row is (label, marks), a mark a drawn cell: the element's index (`1,2`), its ordinal where indices are long, `=`
    where an element goes on, `.` where there is none, and `+2` behind where two more elements lie there. `notes` say
    what is not drawn.
    """

    storage_bytes: int
    cell_bytes: int
    cells: int
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]

    @property
    def head(self) -> str:
        """The storage in words."""
        return (
            f"storage: {_counted(self.storage_bytes, 'byte')}, "
            f"{_counted(self.cells, 'cell')} of {_counted(self.cell_bytes, 'byte')}"
        )


def lay_out(
    views: Sequence[tuple[str, Layout]], storage_bytes: int | None = None, max_cells: int = MAX_CELLS
) -> Drawing:
    """The drawing of all `views` (label, layout) on one storage; a cell is as wide as the smallest element.

    Cells beyond `max_cells` are counted, not drawn; so are elements that lie outside the storage. Raises ValueError
    where there is no view.
    """
    if not views:
        raise ValueError("drawing: wanted a view or more, got none")
    cell = min(itemsize(layout.dtype) for _, layout in views)
    size = storage_bytes
    if size is None:
        size = max(layout.storage_bytes for _, layout in views) or max(needed_bytes(layout) for _, layout in views)
    cells = -(-size // cell)
    shown = min(cells, max_cells)
    rows, notes = [], []
    for label, layout in views:
        marks, said = _marks(label, layout, cell, cells, shown)
        rows.append((label, tuple(marks)))
        notes += said
    if cells > shown:
        notes.append(f"... {cells - shown:,} more cells are not drawn")
    return Drawing(size, cell, cells, tuple(rows), tuple(notes))


def draw_storage(views: Sequence[tuple[str, Layout]], width: int = 80, storage_bytes: int | None = None) -> str:
    """The drawing of `views` as text: a column a cell, a row a view; wraps at `width` letters."""
    if not views:
        return "(no view)"
    drawing = lay_out(views, storage_bytes)
    shown = min(drawing.cells, MAX_CELLS)
    rows = [("cell", [str(place) for place in range(shown)])]
    rows += [(label, list(marks)) for label, marks in drawing.rows]
    return "\n".join([drawing.head, *_wrapped(rows, width), *drawing.notes])


def draw_together(expected: Layout, observed: Layout, width: int = 80) -> str:
    """Expected and observed on one storage (the larger of the two), row under row."""
    size = max(expected.storage_bytes, observed.storage_bytes) or None
    return draw_storage([("expected", expected), ("observed", observed)], width, size)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _marks(label: str, layout: Layout, cell: int, cells: int, shown: int) -> tuple[list[str], list[str]]:
    marks, extra, notes = ["."] * shown, [0] * shown, []
    span = itemsize(layout.dtype) // cell
    count = 1
    for extent in layout.size:
        count *= extent
    if count > MAX_ELEMENTS:
        return marks, [f"{label}: {count:,} elements, too many to draw"]
    outside, beyond = [], 0
    short = len(layout.size) < 4 and all(extent <= 100 for extent in layout.size)
    indices = product(*map(range, layout.size))
    for ordinal, (place, index) in enumerate(zip(positions(layout), indices, strict=True)):
        mark = ",".join(map(str, index)) or "()" if short else f"#{ordinal}"
        for part in range(span):
            target = place * span + part
            if not 0 <= target < cells:
                outside += [mark] if part == 0 else []
            elif target >= shown:
                beyond += part == 0
            elif marks[target] == ".":
                marks[target] = "=" if part else mark
            else:
                extra[target] += 1
    if outside:
        some = " ".join(outside[:8]) + (" ..." if len(outside) > 8 else "")
        notes.append(f"{label}: {_counted(len(outside), 'element')} outside the storage: {some}")
    if beyond:
        notes.append(f"{label}: {beyond:,} elements lie on cells that are not drawn")
    return [f"{mark}+{more}" if more else mark for mark, more in zip(marks, extra, strict=True)], notes


def _wrapped(rows: list[tuple[str, list[str]]], width: int) -> list[str]:
    margin = max(len(label) for label, _ in rows)
    column = max((len(text) for _, texts in rows for text in texts), default=1) + 1
    line = max(1, (width - margin) // column)
    lines: list[str] = []
    for start in range(0, len(rows[0][1]), line):
        if lines:
            lines.append("")
        for label, texts in rows:
            lines.append(label.ljust(margin) + "".join(text.rjust(column) for text in texts[start : start + line]))
    return lines
