r"""Spells out the characters of a text that are not seen, or that act on what shows them.

Names of cases, messages of kernels, paths: what is read may hold an escape that moves a terminal's cursor, a mark that
reorders a line, a surrogate that no file can hold. Every report and every line of ours spells them: `\x1b`, `\u202e`,
`\ud800`. What Python's `repr` leaves as it is stays as it is.
"""

from __future__ import annotations

import unicodedata


def visible(value: object, keep: str = "") -> str:
    """The value as text in which control, format, surrogate, private and unassigned characters are spelled out.

    So are line breaks of every kind, but for characters in `keep`: a caller that lays out lines keeps its own.
    """
    text = str(value)
    if text.isprintable():
        return text
    return "".join([one if one in keep or not _acts(one) else _spelled(one) for one in text])


def _acts(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] == "C" or kind in {"Zl", "Zp"}


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def one_line(value: object) -> str:
    """The value on one line: blanks and line breaks become single spaces, and the rest is `visible`."""
    return visible(" ".join(str(value).split()))
