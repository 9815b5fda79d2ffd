"""Markdown that says what it is given: tables and code spans of which no text of a case can break out."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

#: A cell is cut here: what an operator says of itself has no bound.
LONGEST = 300


def code(text: object) -> str:
    """A code span."""
    return f"`{str(text).replace('`', chr(39))}`"


def cell(value: object) -> str:
    """A table's cell, on one line."""
    text = " ".join(str(value).split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
    if not text.startswith("`"):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace("|", "\\|")


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; a word where it is empty."""
    if not rows:
        return "None."
    cells = [[cell(value) for value in row] for row in rows]
    return str(tabulate(cells, headers=headers, tablefmt="pipe", disable_numparse=True))
