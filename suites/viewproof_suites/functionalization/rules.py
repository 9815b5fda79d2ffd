"""Level 4: what a mutating program reads once functionalized, and what functionalization records of its views."""

from __future__ import annotations

from typing import Any

from viewproof.cases.answers import answers_of
from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.tensors.facts import TensorFacts
from viewproof_reference.layout import element_count
from viewproof_suites.functionalization.answers import GraphAnswers, ProgramAnswers, ReplayAnswers, ViewAnswers
from viewproof_suites.functionalization.program import MutatingProgram, recorded

RULES = Rules(level=4, probe="program")

FUNCTIONALIZED = frozenset({"functionalize", "functionalize-copies", "functional-mode", "functionalize-graph"})
#: Targets whose tensors give access to their recorded view steps.
RECORDING = frozenset({"functionalize", "functionalize-copies", "functional-mode"})
#: Targets that are asked to apply the steps to another base.
APPLYING = frozenset({"functionalize", "functionalize-copies"})
GRAPHS = frozenset({"functionalize-graph"})


def _on(targets: frozenset[str]) -> Applies:
    return lambda traits, target: not traits.refused and traits.strided and target in targets


_programmed = _on(FUNCTIONALIZED)
_recorded = _on(RECORDING)
_applied = _on(APPLYING)
_traced = _on(GRAPHS)


def _unlike(wanted: bytes, got: bytes, count: int) -> tuple[str, str]:
    """The first element that differs, on either side."""
    width = max(1, len(wanted) // max(1, count))
    for start in range(0, max(len(wanted), len(got)), width):
        one, other = wanted[start : start + width], got[start : start + width]
        if one != other:
            element = start // width
            return (
                f"element {element}: bytes {one.hex() or 'none'}",
                f"element {element}: bytes {other.hex() or 'none'}",
            )
    return "equal bytes", "equal bytes"


@RULES.rule(
    "functional.values",
    source="aten/src/ATen/FunctionalTensorWrapper.h; aten/src/ATen/FunctionalInverses.cpp; positions",
    fault="a view that keeps its old value when its base is written",
    applies=_programmed,
    glanced=True,
)
def values(subject: Subject, observation: Observation) -> Difference | None:
    """A functionalized program reads from each view what an eager one does: after the view is written, and after the
    base is.
    """
    answers = answers_of(observation, ProgramAnswers)
    program, reads = answers.program, answers.reads
    if reads == program.reads:
        return None
    views = len(program.layouts)
    if len(reads) != len(program.reads):
        return Difference(f"{views} outputs", f"{(len(reads) - 1) // 2} outputs", "number of outputs differs")
    for place, (wanted, got) in enumerate(zip(program.reads[1:], reads[1:], strict=True)):
        if wanted == got:
            continue
        index = place % views
        moment = "after the base was written" if place >= views else "after the views were written"
        one, other = _unlike(wanted, got, element_count(program.layouts[index].size))
        shape = f"a view reads other values {moment}"
        if place >= views and got == program.reads[1 + index]:
            shape = "a view does not follow its base"
        return Difference(f"output {index} {moment}: {one}", f"output {index} {moment}: {other}", shape)
    return None


@RULES.rule(
    "functional.base",
    source="aten/src/ATen/FunctionalStorageImpl.cpp, apply_updates; aten/src/ATen/FunctionalInverses.cpp; positions",
    fault="an inverse that drops the mutated view",
    applies=_programmed,
    glanced=True,
)
def base(subject: Subject, observation: Observation) -> Difference | None:
    """A write through a view changes in the base exactly the positions that the view names, to what was written."""
    answers = answers_of(observation, ProgramAnswers)
    program, reads = answers.program, answers.reads
    wanted, got = program.reads[0], reads[0]
    if wanted == got:
        return None
    one, other = _unlike(wanted, got, element_count(program.base.size))
    return Difference(f"base: {one}", f"base: {other}", "the base holds other values")


@RULES.rule(
    "functional.input",
    source="torch/_functorch/eager_transforms.py, functionalize; positions",
    fault="a copy-back that is left out; one that writes the whole storage",
    applies=_programmed,
    glanced=True,
)
def whole_input(subject: Subject, observation: Observation) -> Difference | None:
    """Afterwards the input's storage holds what an eager program leaves there, beside the input's positions too."""
    answers = answers_of(observation, ProgramAnswers)
    wanted, got = answers.program.seen.storage, answers.storage
    if wanted == got:
        return None
    if len(wanted) != len(got):
        return Difference(f"a storage of {len(wanted)} bytes", f"{len(got)} bytes", "the input's storage was resized")
    first = next(place for place, (one, other) in enumerate(zip(wanted, got, strict=True)) if one != other)
    return Difference(
        f"byte {first} of the input's storage: {wanted[first]:02x}",
        f"byte {first} of the input's storage: {got[first]:02x}",
        "the input holds other bytes",
    )


_REAPPLIED = ("size", "stride", "offset", "dtype", "device", "conj", "neg")
_COPIED = ("size", "dtype", "device")


def _wrong_fact(index: int, wanted: TensorFacts, got: TensorFacts, reapply: bool) -> Difference | None:
    for name in _REAPPLIED if reapply else _COPIED:
        one, other = getattr(wanted, name), getattr(got, name)
        if one != other:
            return Difference(f"output {index}: {name} {one}", f"output {index}: {name} {other}", f"{name} differs")
    return None


def _facts(subject: Subject, program: MutatingProgram) -> list[TensorFacts]:
    device = subject.device
    return [
        TensorFacts(size, stride, offset, dtype, "strided", device, conj, neg, 0)
        for size, stride, offset, dtype, conj, neg, _ in program.layouts
    ]


@RULES.rule(
    "functional.layout",
    source="aten/src/ATen/FunctionalTensorWrapper.h, Propagating strides in the functionalization pass",
    fault="a wrapper that forgets the offset of its view",
    applies=_recorded,
    glanced=True,
)
def layout(subject: Subject, observation: Observation) -> Difference | None:
    """Where views are reapplied, a view looks to its program as in eager: size, stride, offset (elements), dtype and
    flags. Where they become copies, size and dtype do; strides, offset and flags are the copy's own.
    """
    answers = answers_of(observation, ViewAnswers)
    wanted, got = _facts(subject, answers.program), answers.facts
    if len(wanted) != len(got):
        return Difference(f"{len(wanted)} outputs", f"{len(got)} outputs", "number of outputs differs")
    for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
        if one != other and (difference := _wrong_fact(index, one, other, answers.reapply)) is not None:
            return difference
    return None


@RULES.rule(
    "functional.sequence",
    source="torchgen/api/functionalization.py; torch/csrc/functionalization/Module.cpp, get_view_meta_sequence",
    fault="a step with another dimension; a step too many",
    applies=_recorded,
    glanced=True,
)
def sequence(subject: Subject, observation: Observation) -> Difference | None:
    """A view carries the steps that lead to it from its base: the primitive views in order, each with its class, its
    flags and its call's arguments.
    """
    answers = answers_of(observation, ViewAnswers)
    wanted, got = recorded(answers.program, answers.reapply), answers.sequences
    if wanted == got:
        return None
    if len(wanted) != len(got):
        return Difference(f"{len(wanted)} sequences", f"{len(got)} sequences", "number of outputs differs")
    index = next(place for place, (one, other) in enumerate(zip(wanted, got, strict=True)) if one != other)
    names = [name for name, _ in wanted[index]], [name for name, _ in got[index]]
    if names[0] != names[1]:
        shape = f"steps {'+'.join(names[1]) or 'none'}"
    elif any(attributes == ("freed memory",) for _, attributes in got[index]):
        shape = "attributes are freed memory"
    else:
        shape = "attributes differ"
    return Difference(f"output {index}: {_spell(wanted[index])}", f"output {index}: {_spell(got[index])}", shape)


def _spell(steps: Any) -> str:
    return ", ".join(f"{name}{attributes}" for name, attributes in steps) or "no step"


@RULES.rule(
    "functional.sequence-applied",
    source="torch/csrc/functionalization/Module.cpp, apply_view_meta_sequence",
    fault="a step that is replayed with another argument",
    applies=_applied,
    glanced=True,
)
def sequence_applied(subject: Subject, observation: Observation) -> Difference | None:
    """The recorded steps, applied to a base of the same layout that was never functionalized, give the view again:
    its values, and its layout where views are reapplied.
    """
    answers = answers_of(observation, ReplayAnswers)
    program = answers.program
    views = len(program.layouts)
    facts = _facts(subject, program)
    for index, got in enumerate(answers.applied):
        if got is None:
            continue
        if isinstance(got, str):
            return Difference(f"output {index}: applied", f"output {index}: {got}", f"raises {got.split(':')[0]}")
        if (difference := _wrong_fact(index, facts[index], got[0], answers.reapply)) is not None:
            return difference
        wanted = program.reads[1 + views + index]
        if got[1][0] != wanted:
            one, other = _unlike(wanted, got[1][0], element_count(program.layouts[index].size))
            return Difference(f"output {index}: {one}", f"output {index}: {other}", "the replayed view differs")
    return None


@RULES.rule(
    "functional.graph",
    source="torch/_functorch/eager_transforms.py, functionalize: what each `remove` takes out",
    fault="a pass that leaves an in-place call in the graph",
    applies=_traced,
)
def graph(subject: Subject, observation: Observation) -> Difference | None:
    """The traced graph of a functionalized program holds no mutation but the copies to its inputs at the end, and no
    view where views were to be removed.
    """
    left = answers_of(observation, GraphAnswers).left
    if not left:
        return None
    kind, target = left[0].split(": ", maxsplit=1)
    return Difference(f"no {kind} in the graph", f"{kind} {target}, {len(left)} in all", f"{kind} left: {target}")


@RULES.rule(
    "functional.state",
    source="torch/_subclasses/functional_tensor.py; c10/core/impl/LocalDispatchKeySet.h",
    fault="a transform that returns without taking its level off the stack",
    applies=_programmed,
    glanced=True,
)
def state(subject: Subject, observation: Observation) -> Difference | None:
    """A run leaves the thread's dispatch keys, mode stacks and functionalization flags as they were."""
    changed = answers_of(observation, ProgramAnswers).state
    return Difference("the thread's state as before", changed, "the thread's state changed") if changed else None
