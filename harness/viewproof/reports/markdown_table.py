"""Makes Markdown tables, code spans and texts in which nothing that was read from a run is taken as markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tabulate import DataRow, TableFormat, tabulate

#: What begins markup within a line. An underscore between letters begins none.
_MARKUP = re.compile(r"[\\`*|~]|(?<![^\W_])_|_(?![^\W_])|\](?=\()")
_BAR = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_ROW = DataRow("| ", " | ", " |")
#: No cell is padded: that is half of a long report, and no reader of Markdown needs it.
_FORMAT = TableFormat(None, lambda widths, _: "|" + ":---|" * len(widths), None, None, _ROW, _ROW, 0, None)


class Markup(str):
    """Text that is Markdown already, and is taken as it is: what of it was read from a run is `escaped` in it."""

    __slots__ = ()


def code(text: object) -> Markup:
    """A code span on one line. A backtick, which would end it, becomes an apostrophe."""
    return Markup(f"`{' '.join(str(text).splitlines()).replace('`', chr(39))}`")


def escaped(value: object) -> Markup:
    """The value as text on one line that renders as what it is."""
    if isinstance(value, Markup):
        return value
    text = _MARKUP.sub(r"\\\g<0>", " ".join(str(value).split()))
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;"))


def table(headers: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table of these cells, of which those that are no Markup are escaped; `None.` where there is no row."""
    if not rows:
        return "None."
    cells = [[_cell(value) for value in row] for row in rows]
    return tabulate(cells, [_cell(name) for name in headers], tablefmt=_FORMAT, stralign=None, disable_numparse=True)


def _cell(value: object) -> str:
    # A bar ends a cell even in a code span: one that no backslash escapes gets one.
    return _BAR.sub(r"\1\\|", escaped(value))
