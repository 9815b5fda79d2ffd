"""The scripts of what functionalization knows of a view: torchgen's API, the classes, the inverses."""

from __future__ import annotations

from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script, check_of, functions, guarded
from viewproof_suites.viewmeta.scripts.inverse import HELPERS, inverse_check
from viewproof_suites.viewmeta.scripts.schema import schema_lines

_TARGETS = {"viewmeta": ("torchgen", "live-class"), "inverse": ("inverse", "inverse-scatter", "inverse-copy")}


def viewmeta_script(frame: Frame) -> Script:
    """The script of a result of `viewmeta.*` or `inverse.*`. Raises NoScript where there is none."""
    if frame.target in _TARGETS["viewmeta"]:
        return Script(schema_lines(frame.subject, frame.target, frame.rule))
    check_of(frame, ("inverse",), _TARGETS["inverse"])
    return Script([*functions(*HELPERS, tries=1), *guarded(frame, inverse_check(frame))])
