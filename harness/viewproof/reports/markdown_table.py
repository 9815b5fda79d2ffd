"""Makes Markdown tables, code spans and texts in which nothing that was read from a run is taken as markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tabulate import DataRow, TableFormat, tabulate

from viewproof.visible import one_line, visible

#: What begins markup within a line, GitHub's `$` of formulas included. An underscore between letters begins none.
_MARKUP = re.compile(r"[\\`*|~$]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])")
#: What makes a block of another kind where it begins a line: a heading, a quotation, a list, a rule, a box to tick.
_BLOCK = re.compile(r"^(?=[>=]|\[[ xX]\]|#{1,6}(?:\s|$)|[-+](?:[\s-]|$))")
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)](?:\s|$))")
_BACKTICKS = re.compile(r"`+")
_BAR = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_ROW = DataRow("| ", " | ", " |")
#: No cell is padded: that is half of a long report, and no reader of Markdown needs it.
_FORMAT = TableFormat(None, lambda widths, _: "|" + ":---|" * len(widths), None, None, _ROW, _ROW, 0, None)


class Markup(str):
    """Text that is Markdown already, and is taken as it is: what of it was read from a run is `escaped` in it."""

    __slots__ = ()


def code(text: object) -> Markup:
    """A code span on one line. It stands between more backticks than lie in it one after the other."""
    said = visible(" ".join(str(text).splitlines()))
    if not said.strip():
        return Markup("` `")
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(said)), default=0))
    # A reader takes one blank off each end where there are two: so much may stand beside a fence.
    room = " " if said[0] in "` " or said[-1] in "` " else ""
    return Markup(f"{fence}{room}{said}{room}{fence}")


def escaped(value: object) -> Markup:
    """The value as text on one line that renders as what it is, also where it begins that line."""
    if isinstance(value, Markup):
        return value
    return Markup(_NUMBERED.sub(r"\1\\", _BLOCK.sub(r"\\", _within_a_line(value))))


def _within_a_line(value: object) -> str:
    if isinstance(value, Markup):
        return value
    text = _MARKUP.sub(r"\\\g<0>", one_line(value))
    return text.replace("&", "&amp;").replace("<", "&lt;")


def table(headers: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table of these cells, of which those that are no Markup are escaped; `None.` where there is no row."""
    if not rows:
        return "None."
    cells = [[_cell(value) for value in row] for row in rows]
    return tabulate(cells, [_cell(name) for name in headers], tablefmt=_FORMAT, stralign=None, disable_numparse=True)


def _cell(value: object) -> str:
    # A bar ends a cell even in a code span: one that no backslash escapes gets one.
    return _BAR.sub(r"\1\\|", _within_a_line(value))
