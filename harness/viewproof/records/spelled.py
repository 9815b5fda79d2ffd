"""Spells out what UTF-8 cannot hold: lone surrogates, as in an operator's message or in the name of a file."""

from __future__ import annotations

from typing import Any


def spelled(text: str) -> str:
    """The text, with the code of each lone surrogate in its place: what a file and another process can be given."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def spelled_out(value: Any) -> Any:
    """Plain data, with every text in it spelled; names of members too."""
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, dict):
        return {spelled_out(name): spelled_out(one) for name, one in value.items()}
    return [spelled_out(one) for one in value] if isinstance(value, list | tuple) else value
