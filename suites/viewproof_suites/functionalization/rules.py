"""Level 4: what a mutating program reads once functionalized, and what functionalization records of its views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.subject import Traits
from viewproof.tensors.elements import Elements
from viewproof_suites.functionalization.evidence import Facts, ProgramRun, Replayed, Replays
from viewproof_suites.functionalization.program import Recorded

RULES = Rules(level=4, probe="program")


def _programmed(traits: Traits) -> bool:
    return not traits.refused and traits.strided


def _unlike(wanted: Elements, got: Elements) -> tuple[str, str]:
    """The first byte that differs, on either side."""
    if isinstance(wanted, str) or isinstance(got, str):
        return _length(wanted), _length(got)
    place = next((at for at, (one, other) in enumerate(zip(wanted, got, strict=False)) if one != other), None)
    if place is None:
        return _length(wanted), _length(got)
    return f"byte {place} of the elements: {wanted[place]:02x}", f"byte {place} of the elements: {got[place]:02x}"


def _length(elements: Elements) -> str:
    return elements if isinstance(elements, str) else f"{len(elements)} bytes of elements"


@RULES.rule(
    "functional.values",
    source="aten/src/ATen/FunctionalTensorWrapper.h; aten/src/ATen/FunctionalInverses.cpp; positions",
    fault="a view that keeps its old value when its base is written",
    applies=_programmed,
    sees=lambda expected: any(expected.views),
)
def values(expected: ProgramRun, observed: ProgramRun) -> Difference | None:
    """A functionalized program reads from each view what an eager one does: after the view is written, and after the
    base is.
    """
    if expected.views == observed.views:
        return None
    views = len(expected.views) // 2
    if len(observed.views) != len(expected.views):
        return Difference(f"{views} outputs", f"{len(observed.views) // 2} outputs", "number of outputs differs")
    place = _first(expected.views, observed.views)
    wanted, got = expected.views[place], observed.views[place]
    index = place % views
    moment = "after the base was written" if place >= views else "after the views were written"
    one, other = _unlike(wanted, got)
    shape = f"a view reads other values {moment}"
    if place >= views and got == expected.views[index]:
        shape = "a view does not follow its base"
    return Difference(f"output {index} {moment}: {one}", f"output {index} {moment}: {other}", shape)


def _first(wanted: Sequence[Any], got: Sequence[Any]) -> int:
    """The first place at which two sequences of one length differ."""
    return next(place for place, (one, other) in enumerate(zip(wanted, got, strict=True)) if one != other)


@RULES.rule(
    "functional.base",
    source="aten/src/ATen/FunctionalStorageImpl.cpp, apply_updates; aten/src/ATen/FunctionalInverses.cpp; positions",
    fault="an inverse that drops the mutated view",
    applies=_programmed,
    sees=lambda expected: bool(expected.base),
)
def base(expected: ProgramRun, observed: ProgramRun) -> Difference | None:
    """A write through a view changes in the base exactly the positions that the view names, to what was written."""
    if expected.base == observed.base:
        return None
    one, other = _unlike(expected.base, observed.base)
    return Difference(f"base: {one}", f"base: {other}", "the base holds other values")


@RULES.rule(
    "functional.input",
    source="torch/_functorch/eager_transforms.py, functionalize; positions",
    fault="a copy-back that is left out; one that writes the whole storage",
    applies=_programmed,
    sees=lambda expected: bool(expected.storage),
)
def whole_input(expected: ProgramRun, observed: ProgramRun) -> Difference | None:
    """Afterwards the input's storage holds what an eager program leaves there, beside the input's positions too."""
    wanted, got = expected.storage, observed.storage
    if wanted == got:
        return None
    if len(wanted) != len(got):
        return Difference(f"a storage of {len(wanted)} bytes", f"{len(got)} bytes", "the input's storage was resized")
    first = _first(wanted, got)
    return Difference(
        f"byte {first} of the input's storage: {wanted[first]:02x}",
        f"byte {first} of the input's storage: {got[first]:02x}",
        "the input holds other bytes",
    )


def _wrong_fact(index: int, wanted: Facts, got: Facts) -> Difference | None:
    for name, one, other in zip(wanted._fields, wanted, got, strict=True):
        if one != other:
            return Difference(f"output {index}: {name} {one}", f"output {index}: {name} {other}", f"{name} differs")
    return None


@RULES.rule(
    "functional.layout",
    probe="program-views",
    source="aten/src/ATen/FunctionalTensorWrapper.h, Propagating strides in the functionalization pass",
    fault="a wrapper that forgets the offset of its view",
    applies=_programmed,
    sees=bool,
)
def layout(expected: tuple[Facts, ...], observed: tuple[Facts, ...]) -> Difference | None:
    """Where views are reapplied, a view looks to its program as in eager: size, stride, offset (elements), dtype and
    flags. Where they become copies, size and dtype do; strides, offset and flags are the copy's own.
    """
    if len(expected) != len(observed):
        return Difference(f"{len(expected)} outputs", f"{len(observed)} outputs", "number of outputs differs")
    for index, (one, other) in enumerate(zip(expected, observed, strict=True)):
        if one != other:
            return _wrong_fact(index, one, other)
    return None


@RULES.rule(
    "functional.sequence",
    probe="steps",
    source="torchgen/api/functionalization.py; torch/csrc/functionalization/Module.cpp, get_view_meta_sequence",
    fault="a step with another dimension; a step too many",
    applies=_programmed,
    sees=bool,
)
def sequence(expected: tuple[Recorded, ...], observed: tuple[Recorded, ...]) -> Difference | None:
    """A view carries the steps that lead to it from its base: the primitive views in order, each with its class, its
    flags and its call's arguments.
    """
    if expected == observed:
        return None
    if len(expected) != len(observed):
        return Difference(f"{len(expected)} sequences", f"{len(observed)} sequences", "number of outputs differs")
    index = _first(expected, observed)
    wanted, got = expected[index], observed[index]
    names = [name for name, _ in got]
    if [name for name, _ in wanted] != names:
        shape = f"steps {'+'.join(names) or 'none'}"
    elif any(attributes == ("freed memory",) for _, attributes in got):
        shape = "attributes are freed memory"
    else:
        shape = "attributes differ"
    return Difference(f"output {index}: {_spell(wanted)}", f"output {index}: {_spell(got)}", shape)


def _spell(steps: Recorded) -> str:
    return ", ".join(f"{name}{attributes}" for name, attributes in steps) or "no step"


@RULES.rule(
    "functional.sequence-applied",
    probe="steps-applied",
    source="torch/csrc/functionalization/Module.cpp, apply_view_meta_sequence",
    fault="a step that is replayed with another argument",
    applies=_programmed,
    sees=lambda expected: any(one is not None for one in expected),
)
def sequence_applied(expected: Replays, observed: Replays) -> Difference | None:
    """The recorded steps, applied to a base of the same layout that was never functionalized, give the view again:
    its values, and its layout where views are reapplied.
    """
    if len(expected) != len(observed):
        return Difference(f"{len(expected)} outputs", f"{len(observed)} outputs", "number of outputs differs")
    for index, (wanted, got) in enumerate(zip(expected, observed, strict=True)):
        if wanted == got:
            continue
        if wanted is None or got is None:
            one, other = ("no step to apply" if side is None else "steps to apply" for side in (wanted, got))
            shape = "steps none" if got is None else "steps where there are none"
            return Difference(f"output {index}: {one}", f"output {index}: {other}", shape)
        if isinstance(got[0], str):
            kind, message = got
            return Difference(f"output {index}: applied", f"output {index}: {kind}: {message}", f"raises {kind}")
        (facts, elements), (seen, found) = cast("tuple[Replayed, Replayed]", (wanted, got))
        difference = _wrong_fact(index, facts, seen)
        if difference is not None:
            return difference
        one, other = _unlike(elements, found)
        return Difference(f"output {index}: {one}", f"output {index}: {other}", "the replayed view differs")
    return None


@RULES.rule(
    "functional.graph",
    probe="program-graph",
    source="torch/_functorch/eager_transforms.py, functionalize: what each `remove` takes out",
    fault="a pass that leaves an in-place call in the graph",
    applies=_programmed,
)
def graph(expected: tuple[str, ...], observed: tuple[str, ...]) -> Difference | None:
    """The traced graph of a functionalized program holds no mutation but the copies to its inputs at the end, and no
    view where views were to be removed.
    """
    if expected == observed:
        return None
    kind, target = observed[0].split(": ", maxsplit=1)
    return Difference(f"no {kind} in the graph", f"{kind} {target}, {len(observed)} in all", f"{kind} left: {target}")


@RULES.rule(
    "functional.state",
    source="torch/_subclasses/functional_tensor.py; c10/core/impl/LocalDispatchKeySet.h",
    fault="a transform that returns without taking its level off the stack",
    applies=_programmed,
)
def state(expected: ProgramRun, observed: ProgramRun) -> Difference | None:
    """A run leaves the thread's dispatch keys, mode stacks and functionalization flags as they were."""
    if expected.state == observed.state:
        return None
    return Difference("the thread's state as before", observed.state, "the thread's state changed")
