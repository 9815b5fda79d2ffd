"""Standalone scripts that show one result: torch and the standard library only, expected facts as literals."""

from __future__ import annotations

from viewproof.repro.frame import NoScript
from viewproof.repro.script import COSTLY_TARGETS, script_of

__all__ = ["COSTLY_TARGETS", "NoScript", "script_of"]
