"""A storage drawn as cells, with the elements of views on it. Plain text: no torch, no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import needed_bytes, positions

MAX_CELLS = 512
MAX_ELEMENTS = 100_000


def draw_storage(views: Sequence[tuple[str, Layout]], width: int = 80, storage_bytes: int | None = None) -> str:
    """The storage that all `views` (label, layout) lie on, a column a cell, a row a view; wraps at `width` letters.

    A cell is as wide as the smallest element. A mark is the element's index (`1,2`), its ordinal where indices are
    long, `=` where an element goes on, and `+2` after it where two more elements lie there. Cells beyond MAX_CELLS
    are counted, not drawn; so are elements that lie outside the storage.
    """
    if not views:
        return "(no view)"
    cell = min(itemsize(layout.dtype) for _, layout in views)
    size = storage_bytes
    if size is None:
        size = max(layout.storage_bytes for _, layout in views) or max(needed_bytes(layout) for _, layout in views)
    cells = -(-size // cell)
    shown = min(cells, MAX_CELLS)
    rows, notes = [("cell", [str(place) for place in range(shown)])], []
    for label, layout in views:
        marks, said = _marks(label, layout, cell, cells, shown)
        rows.append((label, marks))
        notes += said
    head = f"storage: {size} bytes, {cells} cells of {cell} byte{'s' if cell > 1 else ''}"
    if cells > shown:
        notes.append(f"... {cells - shown:,} more cells are not drawn")
    return "\n".join([head, *_wrapped(rows, width), *notes])


def draw_together(expected: Layout, observed: Layout, width: int = 80) -> str:
    """Expected and observed on one storage (the larger of the two), row under row."""
    size = max(expected.storage_bytes, observed.storage_bytes) or None
    return draw_storage([("expected", expected), ("observed", observed)], width, size)


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
        notes.append(f"{label}: {len(outside)} elements lie outside the storage: {some}")
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
