"""The functionalized run of a case whose storages are too large to be laid: on meta tensors, and of its layouts alone.

It is asked the clause `functional.layout` and no other; what is read and written needs data.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.func import functionalize

from viewproof.engine.judge import Judge, Owed
from viewproof.live.judging import chunk_of
from viewproof.live.known import Known
from viewproof.observation import Observation
from viewproof.operators import resolve
from viewproof.program import Program
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.rules import all_rules
from viewproof.targets.build import Builder
from viewproof.targets.program import few_facts, whole_facts
from viewproof.targets.session import error_of, tensors_of
from viewproof_reference.layout import Layout

_RULE = "functional.layout"
_MODES = {"functionalize": "mutations", "functionalize-copies": "mutations_and_views"}


def functional_facts(known: Known, device: str) -> ChunkRecord:
    """The record of both functionalized runs of a call, an accepted one on strided operands."""
    subject, case = known.the_subject.on("meta"), known.the_subject.case
    rule = all_rules()[_RULE]
    judge = Judge(chunk_of(known, "functionalization", tuple(_MODES), (_RULE,), device))
    executions = 0
    for target, remove in _MODES.items():
        outputs = subject.expectation.outputs or ()
        layouts = [one.layout for one in outputs if type(one.layout) is Layout]
        if not rule.applies(subject.traits, target) or len(layouts) != len(outputs):
            continue
        program = Program(
            case, case.args[0].layout, False, known.watched.inplace, b"", outputs, tuple(layouts), (), None, ()  # type: ignore[arg-type]  # nothing is read
        )  # fmt: skip
        observation = _observe(known, remove)
        observation.answers["program"] = program
        judge.of(target).judge(subject, Owed((rule,)), observation)
        executions += 1
    return judge.record(1, 0, executions, [signature_of(known.name)], 0.0, 0.0)


def _observe(known: Known, remove: str) -> Observation:
    reapply = remove == "mutations"
    facts: list[Any] = []
    built = Builder("meta", fresh=True).build(known.the_subject.case)
    call = resolve(known.watched.name)

    def program(operand: torch.Tensor) -> None:
        first = torch.ops.aten.alias.default(operand) if known.watched.inplace else operand
        look = whole_facts if reapply else few_facts
        facts.extend([look(view) for view in tensors_of(call(first, *built.args[1:], **built.kwargs))])

    try:
        functionalize(program, remove=remove)(built.args[0])
    except Exception as error:  # noqa: BLE001  what torch raises is the observation
        return Observation([], error_of(error))
    return Observation([], answers={"facts": facts, "reapply": reapply})
