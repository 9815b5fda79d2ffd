"""Features of the layouts in a case's mutating program, which works on a copy where the base overlaps itself."""

from __future__ import annotations

from collections.abc import Callable

from viewproof.cases.model import Case
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof.evidence.subject import operator_traits
from viewproof_reference.layout import Layout
from viewproof_reference.layout.algebra import restride
from viewproof_reference.layout.positions import touched_bytes
from viewproof_reference.programs import copied_base, overlaps
from viewproof_suites.functionalization.program import MutatingProgram, kept_program

FEATURES = Features()


def _on_program(name: str, test: Callable[[MutatingProgram], bool]) -> None:
    def holds(case: Case, expectation: Expectation) -> bool:
        program = kept_program(case, expectation, operator_traits(case.operator).inplace)
        return program is not None and test(program)

    FEATURES.feature(name)(holds)


def _operand(program: MutatingProgram) -> Layout:
    return copied_base(program.base) if program.copies else program.base


def _covered(program: MutatingProgram) -> set[int]:
    shared = [one.layout for one in program.outputs if one.shares == "self" and isinstance(one.layout, Layout)]
    return set().union(*[touched_bytes(one) for one in shared])


def _restrided(program: MutatingProgram) -> bool:
    # A view to its own size gives other strides to dimensions of size 1.
    base = _operand(program)
    return restride(base.size, base.stride, base.size) != base.stride


_on_program("program-constant", lambda program: any(map(overlaps, program.layouts)))
_on_program("program-misses-elements", lambda program: not touched_bytes(_operand(program)) <= _covered(program))
_on_program("program-restrided", _restrided)
_on_program("program-lazy", lambda program: _operand(program).conj or _operand(program).neg)
_on_program("program-conj", lambda program: _operand(program).conj)
_on_program("program-several", lambda program: len(program.outputs) > 1)
