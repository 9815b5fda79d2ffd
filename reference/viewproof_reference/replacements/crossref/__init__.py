"""The reference of torch's crossref of functionalization: each call run fake as well, and the two results compared.

It never imports torch's own module. It collects every difference where torch's stops at the first, and compares more
(LENIENCY lists what torch's ignores); it uses one fake mode for all calls, and keeps verdicts for calls of equal keys.
"""

from viewproof_reference.replacements.crossref.describe import call_text
from viewproof_reference.replacements.crossref.facts import Result, taken_apart
from viewproof_reference.replacements.crossref.fake_run import FakeRun, tensors_in
from viewproof_reference.replacements.crossref.fakes import Fakes
from viewproof_reference.replacements.crossref.guards import (
    Functionalization,
    enable_python_dispatcher,
    functionalization,
    functionalization_suspended,
    set_functionalization,
)
from viewproof_reference.replacements.crossref.handler import functionalized
from viewproof_reference.replacements.crossref.metadata import LENIENCY, lenient_verdict
from viewproof_reference.replacements.crossref.mode import Crossref, crossref, default_overloads
from viewproof_reference.replacements.crossref.overloads import census
from viewproof_reference.replacements.crossref.torchs import is_torchs

__all__ = [
    "LENIENCY", "Crossref", "FakeRun", "Fakes", "Functionalization", "Result", "call_text", "census", "crossref",
    "default_overloads", "enable_python_dispatcher", "functionalization", "functionalization_suspended",
    "functionalized", "is_torchs", "lenient_verdict", "set_functionalization", "taken_apart", "tensors_in",
]  # fmt: skip
