"""Cuts a text to fit one line: messages of operators have no bound on their length."""

from __future__ import annotations


def brief(text: str, longest: int = 200) -> str:
    """The text on one line, of at most `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
