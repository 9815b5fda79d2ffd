"""Level 4: what the inverse of a view gives back, in each of its return modes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from viewproof.cases.model import Case, operand
from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits, expected_facts
from viewproof.tensors.facts import TensorFacts
from viewproof_reference.inverses import DataTensor, NewBase, Placement, ReturnMode, Sharing, reverse
from viewproof_reference.layout import Layout
from viewproof_reference.layout.positions import needed_bytes, positions
from viewproof_suites.viewmeta.answers import InverseAnswers, ObservedBase

RULES = Rules(level=4, probe="inverse")

_AUTOGRAD = "inverse"
_FUNCTIONAL = ("inverse-scatter", "inverse-copy")
_SOURCE = "torch/csrc/autograd/python_variable.cpp, _rev_view_func_unsafe; aten/src/ATen/FunctionalInverses.cpp"


def _inverted(traits: Traits, target: str) -> bool:
    return (
        (target in _FUNCTIONAL or (target == _AUTOGRAD and not traits.severs))
        and not traits.refused
        and traits.declared
        and traits.strided
        and not traits.inplace
        and any(output.shares and not output.identity and output.strided for output in traits.outputs)
    )


def _strided(traits: Traits, target: str) -> bool:
    return target != "inverse-copy" and _inverted(traits, target)


def _settled(traits: Traits, target: str) -> bool:
    return target != "inverse-scatter" and _inverted(traits, target)


def expected_base(subject: Subject, mode: ReturnMode, seen: ObservedBase) -> NewBase:
    """The reference's new base of one output: through the view, and through the view that the operand itself is."""
    return _expected(subject.case, mode, seen)


@lru_cache(maxsize=64)  # The rules ask one after the other.
def _expected(case: Case, mode: ReturnMode, seen: ObservedBase) -> NewBase:
    args, kwargs = [operand(one) for one in case.args[1:]], {name: operand(value) for name, value in case.kwargs}
    found = reverse(case.operator, seen.given, seen.mutated, mode, seen.output, args, kwargs)
    if mode is not ReturnMode.ALWAYS_VIEW or seen.root == seen.given.layout:
        return found
    size, stride, offset, _, _, _, _ = seen.given.layout
    middle = DataTensor(found.layout, seen.mutated.storage)
    return reverse(
        "aten.as_strided.default", DataTensor(seen.root, seen.given.storage), middle, mode, 0, [size, stride, offset]
    )


def _answers(observation: Observation) -> Iterator[tuple[ReturnMode, ObservedBase, TensorFacts]]:
    """The new bases that there are, each with its mode and facts."""
    found = observation.answers
    if isinstance(found, InverseAnswers):
        for seen in found.bases:
            if seen.facts is not None:
                yield found.mode, seen, seen.facts


def _layout_of(facts: TensorFacts) -> Layout:
    return Layout(
        tuple(facts.size), tuple(facts.stride), facts.offset, facts.dtype, facts.conj, facts.neg, facts.storage_bytes
    )


@RULES.rule(
    "inverse.exists",
    source=_SOURCE,
    fault="a view whose reverse function is missing, or refuses the view's own geometry",
    applies=_inverted,
)
def exists(subject: Subject, observation: Observation) -> Difference | None:
    """Every view of a strided base has an inverse, which takes a mutated view and gives one new base.

    It does so for each output of an operator that has several.
    """
    found = observation.answers
    if not isinstance(found, InverseAnswers):
        return Difference("an inverse", "none was asked for", "no inverse")
    for seen in found.bases:
        if seen.facts is None:
            return Difference(f"output {seen.output}: a new base", f"output {seen.output}: {seen.note}", seen.note)
    return None


@RULES.rule(
    "inverse.size",
    source=_SOURCE,
    fault="an inverse that gives the view's size, or computes in another dtype",
    applies=_inverted,
)
def size(subject: Subject, observation: Observation) -> Difference | None:
    """The new base has the size, dtype, layout and device of the base."""
    for _, seen, facts in _answers(observation):
        wanted = expected_facts(seen.root, subject.device)
        for name in ("size", "dtype", "layout", "device"):
            if getattr(wanted, name) != getattr(facts, name):
                return _other(seen, name, getattr(wanted, name), getattr(facts, name))
    return None


@RULES.rule(
    "inverse.stride",
    source=f"{_SOURCE}; aten/src/ATen/native/TensorShape.cpp, clone_preserve_strides",
    fault="an inverse that gives a contiguous base for a strided one, or drops the offset",
    applies=_strided,
)
def stride(subject: Subject, observation: Observation) -> Difference | None:
    """Strides (of dimensions that have more than one element) of the new base are the base's; so is a view's offset.

    Another view of the base is taken anew from the new base, and `as_strided` reads by nothing but places. An inverse
    that may scatter owes the strides where the mutated view has the view's, one that never views owes none.
    """
    for mode, seen, facts in _answers(observation):
        wanted, _, _, placement = expected_base(subject, mode, seen)
        if placement is Placement.FREE or 0 in wanted.size or wanted.size != facts.size:
            continue
        if positions(wanted._replace(offset=0)) != positions(_layout_of(facts)._replace(offset=0)):
            return _other(seen, "stride", wanted.stride, facts.stride)
        if placement is Placement.EXACT and wanted.offset != facts.offset:
            return _other(seen, "offset", wanted.offset, facts.offset)
    return None


@RULES.rule(
    "inverse.flags",
    source=f"{_SOURCE}; aten/src/ATen/native/UnaryOps.cpp",
    fault="an inverse of conj that leaves the conj bit on",
    applies=lambda traits, target: target == _AUTOGRAD and _inverted(traits, target),
)
def flags(subject: Subject, observation: Observation) -> Difference | None:
    """An inverse that is a view has the base's conj and neg bits; one that is a scatter or a copy may resolve them."""
    for mode, seen, facts in _answers(observation):
        wanted = expected_base(subject, mode, seen).layout
        if (wanted.conj, wanted.neg) != (facts.conj, facts.neg):
            return _other(seen, "flags", (wanted.conj, wanted.neg), (facts.conj, facts.neg))
    return None


@RULES.rule(
    "inverse.shares",
    source="torch/_C/_functionalization.pyi, InverseReturnMode; aten/src/ATen/FunctionalInverses.cpp",
    fault="an always-view inverse that copies; a never-view inverse that returns the mutated view",
    applies=_settled,
)
def shares(subject: Subject, observation: Observation) -> Difference | None:
    """Where an inverse is always a view, the new base is on the mutated view's storage; where never, it is not.

    Where it may be either, nothing is owed.
    """
    for mode, seen, _ in _answers(observation):
        wanted = expected_base(subject, mode, seen).shares
        got = Sharing.VIEW if seen.shares else Sharing.OWN
        if wanted not in (Sharing.EITHER, got) and seen.mutated.storage:
            return _other(seen, "storage", wanted.value, got.value)
    return None


@RULES.rule(
    "inverse.bounds",
    source="aten/src/ATen/native/Resize.h, checkInBoundsForStorage",
    fault="an inverse that sets the base's strides on a storage that is too short",
    applies=_inverted,
)
def bounds(subject: Subject, observation: Observation) -> Difference | None:
    """Every element of the new base lies within its storage.

    Of a mutated view on a storage that is too short for the base, an inverse that is a view makes none: it refuses it.
    """
    for _, seen, facts in _answers(observation):
        for what, one in (("bounds", facts), ("bounds on a short storage", seen.elsewhere)):
            if one is not None and (needed := needed_bytes(_layout_of(one))) > one.storage_bytes:
                return _other(seen, what, f"{needed} bytes of storage", f"{one.storage_bytes} bytes")
    return None


@RULES.rule(
    "inverse.values",
    source=f"{_SOURCE}; docs/contract.md, position",
    fault="an inverse that clears what the view leaves out, or adds up what elements on one place were given",
    applies=_inverted,
)
def values(subject: Subject, observation: Observation) -> Difference | None:
    """Elements that the view names have the mutated view's values, bit for bit, and all others keep the base's.

    A place that several elements of the view name takes the value that they agree on, as a write in eager does. An
    inverse that is a view shows the rest of the mutated view's own storage, since that is where it lies.
    """
    for mode, seen, facts in _answers(observation):
        wanted = expected_base(subject, mode, seen)
        got = _layout_of(facts)
        if (got.size, got.dtype) != (wanted.layout.size, wanted.layout.dtype) or needed_bytes(got) > len(seen.storage):
            continue
        for place, (one, other) in enumerate(zip(wanted.values, DataTensor(got, seen.storage).values, strict=True)):
            if one is not None and one != other:
                return _other(seen, "values", f"element {place} is {one.hex()}", f"element {place} is {other.hex()}")
    return None


def _other(seen: ObservedBase, what: str, wanted: object, got: object) -> Difference:
    where = f"inverse of output {seen.output}"
    return Difference(f"{where}: {what} {wanted}", f"{where}: {what} {got}", f"{what} differs")
