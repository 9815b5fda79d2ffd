"""The reference of torch's crossref of functionalization: each call run fake as well, and the two results compared.

It never imports torch's own module. Ours collects every difference where torch's stops at the first, and compares more
(LENIENCY lists what torch's looks over); it uses one fake mode for all calls, and keeps verdicts for calls of one key.
"""

from viewproof_reference.replacements.crossref.call_key import call_key
from viewproof_reference.replacements.crossref.copies import as_copy, becomes_copy
from viewproof_reference.replacements.crossref.describe import argument_text, call_text, message
from viewproof_reference.replacements.crossref.facts import Facts, Leaf, Result, facts_of, sharing, taken_apart
from viewproof_reference.replacements.crossref.fake_run import FakeRun, needs_mode, tensors_in
from viewproof_reference.replacements.crossref.fakes import Fakes, inner_tensor
from viewproof_reference.replacements.crossref.guards import (
    Functionalization,
    enable_pre_dispatch,
    enable_python_dispatcher,
    functionalization,
    functionalization_suspended,
    no_python_dispatcher,
    pre_dispatch_on,
    python_dispatcher_on,
    set_functionalization,
)
from viewproof_reference.replacements.crossref.handler import LEFT_ALONE, Checks, functionalized, make_handler
from viewproof_reference.replacements.crossref.metadata import (
    LENIENCY,
    Mismatch,
    compare_results,
    compare_sharing,
    compare_tensors,
    lenient_verdict,
)
from viewproof_reference.replacements.crossref.mode import Crossref, crossref, default_overloads
from viewproof_reference.replacements.crossref.overloads import (
    Census,
    census,
    load_overload,
    load_overloads,
    python_loaded_overloads,
    registered_names,
)
from viewproof_reference.replacements.crossref.registrations import doors, loaded_so_far, watched
from viewproof_reference.replacements.crossref.verdict import CONTENT, Finding, Raised, Verdict

__all__ = [
    "CONTENT", "LEFT_ALONE", "LENIENCY", "Census", "Checks", "Crossref", "Facts", "FakeRun", "Fakes", "Finding",
    "Functionalization", "Leaf", "Mismatch", "Raised", "Result", "Verdict", "argument_text", "as_copy",
    "becomes_copy", "call_key", "call_text", "census", "compare_results", "compare_sharing", "compare_tensors",
    "crossref", "default_overloads", "doors", "enable_pre_dispatch", "enable_python_dispatcher", "facts_of",
    "functionalization", "functionalization_suspended", "functionalized", "inner_tensor", "lenient_verdict",
    "load_overload", "load_overloads", "loaded_so_far", "make_handler", "message", "needs_mode",
    "no_python_dispatcher", "pre_dispatch_on", "python_dispatcher_on", "python_loaded_overloads", "registered_names",
    "set_functionalization", "sharing", "taken_apart", "tensors_in", "watched",
]  # fmt: skip
