"""The mutating programs of calls recorded in a user's program: which calls have one, and how large calls are run.

Where a call's storages are too large to be filled, both functionalized runs are made on meta tensors. These are checked
by the clause `functional.layout` alone, since the others need data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.func import functionalize

from viewproof.cases.model import TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.contract.suite import LargeRun
from viewproof.evidence.probe import Evidence, raised
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.running.session import tensors_of
from viewproof.tensors.build import Builder
from viewproof_reference.layout import Layout
from viewproof_suites.functionalization.evidence import copy_facts, view_facts
from viewproof_suites.functionalization.program import MutatingProgram, kept_program
from viewproof_suites.functionalization.targets.reading import look_at_copy, look_at_view

_RULE = "functional.layout"
#: What each target removes, how it looks at a view, and what it must see.
_MODES: dict[str, tuple[str, Callable[[torch.Tensor], Any], Callable[[MutatingProgram, str], Any]]] = {
    "functionalize": ("mutations", look_at_view, view_facts),
    "functionalize-copies": ("mutations_and_views", look_at_copy, copy_facts),
}


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
    # Only the layouts of this program are used.
    program = MutatingProgram(case, case.args[0].layout, False, inplace, b"", outputs, tuple(layouts), (), None, ())  # type: ignore[arg-type]
    for target, (remove, look, facts) in _MODES.items():
        yield LargeRun(target, _RULE, _seen(subject, program, remove, look), (facts(program, "meta"),))


def _seen(subject: Subject, shown: MutatingProgram, remove: str, look: Callable[[torch.Tensor], Any]) -> Evidence:
    found: list[Any] = []
    built = Builder("meta", fresh=True).build(subject.case)
    call = resolve(subject.case.operator)

    def program(operand: torch.Tensor) -> None:
        first = torch.ops.aten.alias.default(operand) if shown.aliases else operand
        found.extend([look(view) for view in tensors_of(call(first, *built.args[1:], **built.kwargs))])

    try:
        functionalize(program, remove=remove)(built.args[0])
    except Exception as error:  # noqa: BLE001  what torch raises is evidence
        return raised(error)
    return (tuple(found),)
