"""The page's table of texts, each stored once: the page's data refers to them by number."""

from __future__ import annotations

import json
from typing import Any


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

    All but ASCII is escaped, so that line separators and lone surrogates do no harm either.
    """
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(_HOSTILE)
