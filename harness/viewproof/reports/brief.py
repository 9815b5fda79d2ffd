"""Cuts a text to fit one line: messages of operators have no bound on their length."""

from __future__ import annotations

from viewproof.visible import one_line


def brief(text: str, longest: int = 200) -> str:
    """The text on one line, of at most `longest` characters."""
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
