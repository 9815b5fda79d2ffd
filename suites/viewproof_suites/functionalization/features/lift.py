"""Features of cases of `lift`: functionalization makes it a view of the tensor's own size, which eager never returns.

Eager returns the tensor itself or, where it has a lazy bit, a resolved copy. The view keeps lazy bits and offset, and
its dimensions of one element get the strides that a reshape would give them.
"""

from __future__ import annotations

from collections.abc import Callable

from viewproof.cases.model import Case
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import Layout
from viewproof_reference.layout.algebra import restride
from viewproof_reference.programs import copied_base
from viewproof_suites.functionalization.program import MutatingProgram, strided_program

FEATURES = Features()


def _view(program: MutatingProgram) -> Layout:
    base = copied_base(program.base) if program.copies else program.base
    stride = restride(base.size, base.stride, base.size)
    return base if stride is None else base._replace(stride=stride)


def _on_lifted(name: str, test: Callable[[Layout, Layout], bool], text: str) -> None:
    """Register a feature `test(due, view)`: `due` is the layout in eager, `view` the functionalized one."""

    def holds(case: Case, expectation: Expectation) -> bool:
        program = strided_program(case, expectation)
        return program is not None and test(program.layouts[0], _view(program))

    holds.__doc__ = text
    FEATURES.feature(name)(holds)


_on_lifted("lift-stride", lambda due, view: due.stride != view.stride, "The view has other strides.")
_on_lifted("lift-offset", lambda due, view: due.offset != view.offset, "The view has another offset.")
_on_lifted("lift-conj", lambda due, view: due.conj != view.conj, "The view bears the conj bit.")
_on_lifted("lift-neg", lambda due, view: due.neg != view.neg, "The view bears the neg bit.")
