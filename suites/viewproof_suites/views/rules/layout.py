"""Level 1: what the output looks like, clause by clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from viewproof.contract.rule import Difference, Rules, accepted
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.tensors.facts import TensorFacts

RULES = Rules(level=1, probe="facts")


def _compare(
    subject: Subject, observation: Observation, what: str, part: Callable[[TensorFacts], Any]
) -> Difference | None:
    wanted, got = subject.expected_facts, observation.outputs
    # A wrong number of outputs is reported by layout.size alone; the other clauses compare those that exist.
    for index, (one, other) in enumerate(zip(wanted, got, strict=False)):
        expected, observed = part(one), part(other.facts)
        if expected != observed:
            where = f"output {index}: " if len(wanted) > 1 else ""
            return Difference(f"{where}{what} {expected}", f"{where}{what} {observed}", f"{what} differs")
    return None


@RULES.rule(
    "layout.size",
    source="aten/src/ATen/native/TensorShape.cpp",
    fault="a kernel that drops the last element",
    applies=accepted,
    glanced=True,
)
def size(subject: Subject, observation: Observation) -> Difference | None:
    """The call returns as many tensors as the reference says, each of the size (elements) it says."""
    wanted, got = len(subject.expected_facts), len(observation.outputs)
    if wanted != got:
        return Difference(f"{wanted} outputs", f"{got} outputs", "number of outputs differs")
    return _compare(subject, observation, "size", lambda facts: tuple(facts.size))


def _dimensions(facts: TensorFacts) -> Iterator[tuple[int, int]]:
    # Extent and stride of each dimension. A composite tensor has a size and no strides of its own: nothing to compare.
    return zip(facts.size, facts.stride, strict=bool(facts.stride))


def _significant(facts: TensorFacts) -> tuple[int | None, ...]:
    if 0 in facts.size:
        return ()
    return tuple([step if extent > 1 else None for extent, step in _dimensions(facts)])


def _insignificant(facts: TensorFacts) -> tuple[int | None, ...]:
    if 0 in facts.size:
        return tuple(facts.stride)
    return tuple([None if extent > 1 else step for extent, step in _dimensions(facts)])


@RULES.rule(
    "layout.stride",
    source="aten/src/ATen/native/TensorShape.cpp; aten/src/ATen/TensorUtils.cpp, computeStride",
    fault="a kernel that swaps two strides",
    applies=accepted,
    glanced=True,
)
def stride(subject: Subject, observation: Observation) -> Difference | None:
    """Strides (elements) of dimensions that have more than one element are the reference's.

    A tensor without elements has no significant stride. Components of composite tensors count whole.
    """
    return _compare(subject, observation, "stride", lambda facts: (_significant(facts), facts.detail))


@RULES.rule(
    "layout.stride-exact",
    source="aten/src/ATen/TensorUtils.cpp, computeStride; c10/core/Contiguity.h",
    fault="a kernel that gives size-1 dimensions stride 1",
    applies=accepted,
    glanced=True,
)
def stride_exact(subject: Subject, observation: Observation) -> Difference | None:
    """Strides of size-1 dimensions, and of tensors without elements, are the reference's too.

    No element depends on them, but guards, caches and stride-keyed kernels do.
    """
    return _compare(subject, observation, "insignificant stride", _insignificant)


@RULES.rule(
    "layout.offset",
    source="aten/src/ATen/native/TensorShape.cpp",
    fault="a kernel that drops the storage offset",
    applies=accepted,
    glanced=True,
)
def offset(subject: Subject, observation: Observation) -> Difference | None:
    """The storage offset (elements of the output's dtype) is the reference's."""
    return _compare(subject, observation, "offset", lambda facts: facts.offset)


@RULES.rule(
    "layout.dtype",
    source="aten/src/ATen/native/TensorConversions.cpp; native_functions.yaml",
    fault="a kernel that returns another dtype",
    applies=accepted,
    glanced=True,
)
def dtype(subject: Subject, observation: Observation) -> Difference | None:
    """The dtype is the reference's."""
    return _compare(subject, observation, "dtype", lambda facts: facts.dtype)


@RULES.rule(
    "layout.flags",
    source="aten/src/ATen/ConjugateFallback.cpp; aten/src/ATen/native/NegateFallback.cpp",
    fault="a kernel that loses the conj bit",
    applies=accepted,
    glanced=True,
)
def flags(subject: Subject, observation: Observation) -> Difference | None:
    """The layout word, the device type, and the conj and neg bits are the reference's."""
    return _compare(
        subject,
        observation,
        "flags",
        lambda facts: f"layout={facts.layout} device={facts.device} conj={facts.conj} neg={facts.neg}",
    )
