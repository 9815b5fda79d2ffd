"""The scripts of a copy's results."""

from __future__ import annotations

from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script, check_of, functions, guarded
from viewproof_suites.copies.scripts.copy import HELPERS, copy_check


def copy_script(frame: Frame) -> Script:
    """The script of a result of `copy.*`. Raises NoScript where there is none."""
    check_of(frame, ("copy",), ("eager",))
    return Script([*functions(*HELPERS), *guarded(frame, copy_check(frame))])
