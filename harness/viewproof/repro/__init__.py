"""Standalone scripts that show one result: torch and the standard library only, expected facts as literals."""

from __future__ import annotations

from viewproof.repro.frame import NoScript
from viewproof.repro.script import script_of

__all__ = ["NoScript", "script_of"]
