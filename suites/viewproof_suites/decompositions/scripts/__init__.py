"""The scripts of samples, for decompositions and for the truth of schemas alike."""

from __future__ import annotations

from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script
from viewproof_suites.decompositions.scripts.sample import sample_lines


def sample_script(frame: Frame) -> Script:
    """The script of a result on a sample. Raises NoScript where there is none."""
    return Script(sample_lines(frame.case, frame.target, frame.rule))
