"""The mutating programs of calls recorded in a user's program: which calls have one, and how large calls are run.

Where a call's storages are too large to be filled, both functionalized runs are made on meta tensors. These are checked
by the clause `functional.layout` alone, since the others need data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.func import functionalize

from viewproof.cases.model import TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.contract.suite import LargeRun
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.running.session import error_of, tensors_of
from viewproof.tensors.build import Builder
from viewproof_reference.layout import Layout
from viewproof_suites.functionalization.answers import ViewAnswers
from viewproof_suites.functionalization.program import MutatingProgram, kept_program
from viewproof_suites.functionalization.targets.session import few_facts, whole_facts

_RULE = "functional.layout"
_MODES = {"functionalize": "mutations", "functionalize-copies": "mutations_and_views"}


def has_program(subject: Subject) -> bool:
    """Whether the call has a strided operand on a storage of its own, and a program."""
    case = subject.case
    if type(case.args[0]) is not TensorArgument or case.storages:
        return False
    return kept_program(case, subject.expectation, operator_traits(case.operator).inplace) is not None


def large_runs(subject: Subject, device: str) -> Iterator[LargeRun]:
    """Both functionalized runs of an accepted call on a strided operand, whatever its size."""
    del device
    case = subject.case
    if type(case.args[0]) is not TensorArgument or case.storages:
        return
    outputs = subject.expectation.outputs or ()
    layouts = [one.layout for one in outputs if type(one.layout) is Layout]
    if len(layouts) != len(outputs):
        return
    inplace = operator_traits(case.operator).inplace
    for target, remove in _MODES.items():
        # Only the layouts of this program are used.
        program = MutatingProgram(case, case.args[0].layout, False, inplace, b"", outputs, tuple(layouts), (), None, ())  # type: ignore[arg-type]
        yield LargeRun(target, _RULE, _observe(subject, program, remove))


def _observe(subject: Subject, shown: MutatingProgram, remove: str) -> Observation:
    reapply = remove == "mutations"
    facts: list[Any] = []
    built = Builder("meta", fresh=True).build(subject.case)
    call = resolve(subject.case.operator)

    def program(operand: torch.Tensor) -> None:
        first = torch.ops.aten.alias.default(operand) if shown.aliases else operand
        look = whole_facts if reapply else few_facts
        facts.extend([look(view) for view in tensors_of(call(first, *built.args[1:], **built.kwargs))])

    try:
        functionalize(program, remove=remove)(built.args[0])
    except Exception as error:  # noqa: BLE001  what torch raises is the observation
        return Observation([], error_of(error))
    answers = ViewAnswers(program=shown, reads=(), storage=b"", facts=facts, reapply=reapply, sequences=())
    return Observation([], answers=answers)
