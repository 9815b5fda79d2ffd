"""One sentence on where a run ran, for people: what its workers computed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewproof.place import place_in, words


def place_line(run: Mapping[str, Any]) -> str | None:
    """What a worker said of where it ran, or why it did not; None where run.json says neither."""
    environment = run.get("environment") or {}
    place = place_in(environment)
    if place is not None:
        return _one_line("; ".join(f"{what}: {said}" for what, said in words(place).items()))
    why = environment.get("worker_unknown")
    return None if why is None else _one_line(f"not known: {why}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
