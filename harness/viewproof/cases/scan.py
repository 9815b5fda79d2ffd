"""The parser's scanner: one text, a current position in it, and errors that name the position."""

from __future__ import annotations

import re
from typing import NoReturn

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Size

KEYWORD = re.compile(r"([A-Za-z_]\w*)[ ]*=[ ]*", re.ASCII)

_SPACE = re.compile(r"[ \t]*")
_DTYPE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NATURAL = re.compile(r"\d+", re.ASCII)
#: The most characters of a text that an error repeats.
SHOWN = 100
#: The most digits of a number: none that torch takes has as many, and Python reads none of thousands.
DIGITS = 40
#: How deep brackets may stand within brackets.
DEPTH = 32
_BRACKETS = re.compile(r"'[^'\n]*'|[\[(]|[\])]")
_INTEGERS = re.compile(r"[ ]*(-?\d+[ ]*(?:,[ ]*-?\d+[ ]*)*)?", re.ASCII)


class CaseSyntaxError(ValueError):
    """A text that is no case: the column (from 1) of the fault, what was wanted there and what was got."""

    def __init__(self, text: str, column: int, wanted: str, got: str) -> None:
        super().__init__(f"case {cut(text)!r}, column {column}: wanted {wanted}, got {cut(got)}")
        self.text = text
        self.column = column
        self.wanted = wanted
        self.got = got


def cut(text: str, longest: int = SHOWN) -> str:
    """As much of a text as an error repeats."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def check_depth(text: str) -> None:
    """Raise CaseSyntaxError where brackets stand deeper within brackets than any case has them."""
    if text.count("(") + text.count("[") <= DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(match[0], 0)
        if depth > DEPTH:
            raise CaseSyntaxError(text, match.start() + 1, f"brackets at most {DEPTH} deep", "deeper ones")


class Scanner:
    """One pass over one text; `at` is the index of the next character. `storages` are those declared so far."""

    __slots__ = ("at", "storages", "text", "used")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.storages: list[tuple[str, int]] = []
        self.used: set[int] = set()

    def fail(self, wanted: str, got: str | None = None, at: int | None = None) -> NoReturn:
        place = self.at if at is None else at
        if got is None:
            rest = self.text[place:]
            got = repr(rest if len(rest) <= 20 else rest[:20] + "...") if rest else "the end of the text"
        raise CaseSyntaxError(self.text, place + 1, wanted, got)

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def want(self, token: str, what: str | None = None) -> None:
        if not self.take(token):
            self.fail(what or repr(token))

    def natural(self, what: str) -> int:
        match = _NATURAL.match(self.text, self.at)
        if match is None:
            self.fail(what)
        found = self.integer(match[0])
        self.at = match.end()
        return found

    def integer(self, digits: str) -> int:
        """The number that the digits behind the current place spell."""
        if len(digits) > DIGITS:
            self.fail(f"a number of at most {DIGITS} digits", f"{len(digits)} digits")
        return int(digits)

    def integers(self, opening: str, closing: str, what: str) -> tuple[int, ...]:
        self.want(opening, f"{opening!r} of {what}")
        match = _INTEGERS.match(self.text, self.at)
        assert match is not None  # it matches the empty text too
        found = tuple([self.integer(item.strip()) for item in match[1].split(",")]) if match[1] else ()
        self.at = match.end()
        self.want(closing, f"an integer, ',' or {closing!r} in {what}")
        return found

    def naturals(self, what: str) -> Size:
        start = self.at
        values = self.integers("[", "]", what)
        for value in values:
            if value < 0:
                self.fail(f"{what} of numbers not below 0", str(value), start)
        return values

    def dtype(self) -> str:
        match = _DTYPE.match(self.text, self.at)
        if match is None or match[0] not in DTYPES:
            self.fail("a dtype such as float32", None if match is None else repr(match[0]))
        self.at = match.end()
        return match[0]
