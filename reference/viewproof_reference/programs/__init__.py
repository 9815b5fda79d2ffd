"""The reference of small mutating programs once functionalized: the bytes they read, and the view steps recorded."""

from viewproof_reference.programs import several
from viewproof_reference.programs.program import ProgramBytes, copied_base, overlaps, resolved, run_program
from viewproof_reference.programs.sequence import Step, as_tuple, steps

__all__ = ["ProgramBytes", "Step", "as_tuple", "copied_base", "overlaps", "resolved", "run_program", "several", "steps"]
