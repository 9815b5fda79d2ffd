"""The scripts of functionalized programs."""

from __future__ import annotations

from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script, check_of, functions, guarded
from viewproof_suites.functionalization.scripts.functional import functional_check, helpers_of, tries_of
from viewproof_suites.functionalization.scripts.run import IMPORTS


def functional_script(frame: Frame) -> Script:
    """The script of a result of `functional.*`. Raises NoScript where there is none."""
    check_of(frame, ("functional",), tuple(IMPORTS))
    body = guarded(frame, functional_check(frame))
    return Script([*functions(*helpers_of(frame.rule), tries=tries_of(frame)), *body], IMPORTS[frame.target])
