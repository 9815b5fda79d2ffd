"""The page's table of texts, each stored once: the page's data refers to them by number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from viewproof.visible import visible


class Strings:
    """A table of texts; `place` gives a text's number, the same one for the same text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: object) -> int:
        """The number of `text` (of what it is as text) in the table."""
        said = str(text)
        place = self._places.get(said)
        if place is None:
            place = self._places[said] = len(self.texts)
            self.texts.append(said)
        return place


_HOSTILE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def script_json(value: Any) -> str:
    """`value` as JSON that may stand in a script element: nothing in it ends the element or begins a comment.

    All but ASCII is escaped. The program makes texts of the page of it, so that what acts on these is spelled out; line
    breaks, which scripts and clauses have, break no line there.
    """
    return json.dumps(_visible(value), ensure_ascii=True, separators=(",", ":")).translate(_HOSTILE)


def _visible(value: Any) -> Any:
    # Rows of numbers are most of the data.
    if type(value) is int:
        return value
    if isinstance(value, str):
        return visible(value, keep="\n\t")
    if isinstance(value, Mapping):
        return {_visible(key): _visible(one) for key, one in value.items()}
    return [_visible(one) for one in value] if isinstance(value, list | tuple) else value
