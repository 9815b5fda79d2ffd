"""Suites `functionalization` and `functional_traces`, level 4: a small mutating program around each view.

The first runs every program through `torch.func.functionalize`; in `quick` a view has half of the families whose bases
differ in their places alone. The second runs them through what is slow, the Python mode and `make_fx`: all programs,
but in `quick` one program for each operator and every fourth family.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zlib import crc32

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.suite import LiveRuns, Suite
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.generate import cases
from viewproof_suites.functionalization.live import has_program, large_runs
from viewproof_suites.functionalization.program import kept_program
from viewproof_suites.views.operators import PLACED, halved, inplace_views, strided_families, views

#: Views whose outputs are no strided tensors, or that are no views of one.
_NO_PROGRAM = frozenset({"aten._make_dual.default", "aten._nested_view_from_buffer.default"})


@cache
def _operators() -> tuple[str, ...]:
    return tuple(sorted({*views(), *inplace_views()} - _NO_PROGRAM))


def _strided_operators() -> tuple[str, ...]:
    return tuple([name for name in _operators() if strided_families(name, "quick")])


def programs(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The accepted cases of a family that have a program."""
    inplace = operator_traits(operator).inplace
    for case in cases(operator, family, profile):
        if type(case.args[0]) is not TensorArgument:
            continue
        expectation = expect(case)
        if expectation.refusal is None and kept_program(case, expectation, inplace) is not None:
            yield case


def why_no_program(subject: Subject) -> str:
    """Why a case that a query names has no program, in words; empty where it has one."""
    case = subject.case
    if type(case.args[0]) is not TensorArgument:
        return "programs on strided bases alone"
    if kept_program(case, subject.expectation, operator_traits(case.operator).inplace) is None:
        return "no program of it: an output reaches past the base, or it is refused on a copy of the base"
    return ""


def _functionalized_families(operator: str, profile: str) -> tuple[str, ...]:
    found = strided_families(operator, profile)
    return halved(operator, found, 1, PLACED) if profile == "quick" and operator in views() else found


def _traced_families(operator: str, profile: str) -> tuple[str, ...]:
    found = strided_families(operator, profile)
    # Every fourth family; the first one depends on the operator's name, so that operators together cover all.
    return found[crc32(operator.encode()) % min(4, len(found)) :: 4] if profile == "quick" else found


def _traced(operator: str, family: str, profile: str) -> Iterator[Case]:
    if profile != "quick":
        yield from programs(operator, family, profile)
        return
    found = list(programs(operator, family, profile))
    if found:
        yield found[crc32(f"{operator}@{family}".encode()) % len(found)]


_OF_BOTH = ("functional.values", "functional.base", "functional.input", "functional.layout", "functional.sequence")

FUNCTIONALIZATION = Suite(
    name="functionalization",
    level=4,
    summary="mutating programs, functionalized: values, bases, inputs, layouts and recorded steps",
    operators=_strided_operators,
    families=_functionalized_families,
    cases=programs,
    targets=("functionalize", "functionalize-copies"),
    rules=(*_OF_BOTH, "functional.sequence-applied", "functional.state"),
    live=LiveRuns(("functionalize", "functionalize-copies"), takes=has_program, large=large_runs),
    declines=why_no_program,
)

FUNCTIONAL_TRACES = Suite(
    name="functional_traces",
    level=4,
    summary="the same programs under the Python functional mode and as traced graphs",
    operators=_strided_operators,
    families=_traced_families,
    cases=_traced,
    targets=("functional-mode", "functionalize-graph"),
    rules=(*_OF_BOTH, "functional.graph", "functional.state"),
    declines=why_no_program,
)
