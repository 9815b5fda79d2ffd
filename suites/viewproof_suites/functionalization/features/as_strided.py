"""Features of functionalized programs of `as_strided`: where torch's implementation gives a wrong result.

Each holds where the model of that implementation (strided_storage.py) refuses the program, or gives wrong bytes in one
of its results. The plain names are about views reapplied, `in-copies` about views made copies.
"""

from __future__ import annotations

from collections.abc import Callable

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof.evidence.subject import operator_traits
from viewproof_suites.functionalization.features.strided_storage import GRAD, OVERLAP, PAST_END, Outcome, outcome
from viewproof_suites.functionalization.program import MutatingProgram, kept_program

FEATURES = Features()

Test = Callable[[MutatingProgram, Outcome], bool]

_LAST: dict[bool, tuple[MutatingProgram, Outcome]] = {}


def _outcome(program: MutatingProgram, inplace: bool, reapply: bool) -> Outcome:
    # Several known issues ask about the same case in succession.
    kept = _LAST.get(reapply)
    if kept is None or kept[0] is not program:
        kept = _LAST[reapply] = (program, outcome(program, inplace, reapply))
    return kept[1]


def _on_outcome(name: str, test: Test, reapply: bool) -> None:
    def holds(case: Case, expectation: Expectation) -> bool:
        if not case.operator.startswith("aten.as_strided") or type(case.args[0]) is not TensorArgument:
            return False
        inplace = operator_traits(case.operator).inplace
        program = kept_program(case, expectation, inplace)
        return program is not None and test(program, _outcome(program, inplace, reapply))

    FEATURES.feature(name)(holds)


def _shows(test: Test) -> Test:
    # A refused program has no results to compare.
    return lambda program, found: not found.error and test(program, found)


def _base(program: MutatingProgram, found: Outcome) -> bool:
    """The base, after the view was written."""
    return found.reads[0] != program.reads[0]


def _later(program: MutatingProgram, found: Outcome) -> bool:
    """The view, after the base was written, has neither the expected bytes nor those of its own write (`_stays`)."""
    return found.reads[2] not in program.reads[1:]


def _stays(program: MutatingProgram, found: Outcome) -> bool:
    """The view, after the base was written, wrongly has the bytes of its own write; with a few bools they may agree."""
    return found.reads[2] != program.reads[2] and found.reads[2] == program.reads[1]


def _input(program: MutatingProgram, found: Outcome) -> bool:
    """The input's storage at the end."""
    return found.storage != program.seen.storage


def _replay(program: MutatingProgram, found: Outcome) -> bool:
    """The recorded step, applied to the input at the end."""
    return found.replayed != program.reads[2]


_on_outcome("strided-overlap-refused", lambda _, found: found.error == OVERLAP, reapply=True)
_on_outcome("strided-overlap-refused-in-copies", lambda _, found: found.error == OVERLAP, reapply=False)
_on_outcome("strided-past-end", lambda _, found: found.error == PAST_END, reapply=True)
_on_outcome("strided-past-end-in-copies", lambda _, found: found.error == PAST_END, reapply=False)
_on_outcome("strided-grad-refused", lambda _, found: found.error == GRAD, reapply=True)
_on_outcome("strided-base-otherwise", _shows(_base), reapply=True)
_on_outcome("strided-base-otherwise-in-copies", _shows(_base), reapply=False)
_on_outcome("strided-later-otherwise", _shows(_later), reapply=True)
_on_outcome("strided-later-otherwise-in-copies", _shows(_later), reapply=False)
_on_outcome("strided-later-stays-in-copies", _shows(_stays), reapply=False)
_on_outcome("strided-input-otherwise", _shows(_input), reapply=True)
_on_outcome("strided-input-otherwise-in-copies", _shows(_input), reapply=False)
_on_outcome("strided-replay-otherwise", _shows(_replay), reapply=True)
_on_outcome("strided-replay-otherwise-in-copies", _shows(_replay), reapply=False)
