"""The commands that a report prints: whole, so that they run what the run ran."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any


def imports_of(run: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules of the user's that a run imported."""
    return tuple(map(str, (run.get("selection") or {}).get("imports") or ()))


def options_of(run: Mapping[str, Any]) -> list[str]:
    """The options of `show` and `repro` that make a case what it was in a run: its modules, passes and device."""
    words = [word for name in imports_of(run) for word in ("--import", name)]
    if run.get("backend"):
        words += ["--backend", str(run["backend"])]
    device = str(run.get("device", "cpu"))
    return words if device == "cpu" else [*words, "--device", device]


def options_text(run: Mapping[str, Any]) -> str:
    """These options as a shell reads them, with a space in front; empty where there are none."""
    return "".join([f" {shlex.quote(word)}" for word in options_of(run)])


def command(verb: str, result: str, run: Mapping[str, Any]) -> str:
    """`viewproof VERB RESULT` with the options of the run, as a shell reads it."""
    return f"viewproof {verb} {shlex.quote(result)}{options_text(run)}"
