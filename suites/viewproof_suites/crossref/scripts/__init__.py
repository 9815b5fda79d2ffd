"""The scripts of calls under a crossref."""

from __future__ import annotations

from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script, check_of, functions, guarded
from viewproof_suites.crossref.scripts.crossref import IMPORTS, crossref_check, helpers_of


def crossref_script(frame: Frame) -> Script:
    """The script of a result of `crossref.*`. Raises NoScript where there is none."""
    check_of(frame, ("crossref",), tuple(IMPORTS))
    body = guarded(frame, crossref_check(frame))
    return Script([*functions(*helpers_of(frame.rule, frame.target)), *body], IMPORTS[frame.target])
