"""Level 1: what the output looks like, clause by clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from viewproof.contract.rule import Difference, Rules, accepted
from viewproof.evidence.outputs import OutputFacts, Outputs

RULES = Rules(level=1, probe="facts")


def _compare(expected: Outputs, observed: Outputs, what: str, part: Callable[[OutputFacts], Any]) -> Difference | None:
    # A wrong number of outputs is reported by layout.size alone; the other clauses compare those that exist.
    for index, (one, other) in enumerate(zip(expected, observed, strict=False)):
        wanted, got = part(OutputFacts._make(one)), part(OutputFacts._make(other))
        if wanted != got:
            where = f"output {index}: " if len(expected) > 1 else ""
            return Difference(f"{where}{what} {wanted}", f"{where}{what} {got}", f"{what} differs")
    return None


@RULES.rule(
    "layout.size",
    source="aten/src/ATen/native/TensorShape.cpp",
    fault="a kernel that drops the last element",
    applies=accepted,
)
def size(expected: Outputs, observed: Outputs) -> Difference | None:
    """The call returns as many tensors as the reference says, each of the size (elements) it says."""
    if len(expected) != len(observed):
        return Difference(f"{len(expected)} outputs", f"{len(observed)} outputs", "number of outputs differs")
    return _compare(expected, observed, "size", lambda facts: tuple(facts.size))


def _dimensions(facts: OutputFacts) -> Iterator[tuple[int, int]]:
    # Extent and stride of each dimension. A composite tensor has a size and no strides of its own: nothing to compare.
    return zip(facts.size, facts.stride, strict=bool(facts.stride))


def _significant(facts: OutputFacts) -> tuple[int | None, ...]:
    if 0 in facts.size:
        return ()
    return tuple([step if extent > 1 else None for extent, step in _dimensions(facts)])


def _insignificant(facts: OutputFacts) -> tuple[int | None, ...]:
    if 0 in facts.size:
        return tuple(facts.stride)
    return tuple([None if extent > 1 else step for extent, step in _dimensions(facts)])


@lru_cache(maxsize=4096)
def _has_significant(size: tuple[int, ...]) -> bool:
    return 0 not in size and any(extent > 1 for extent in size)


@lru_cache(maxsize=4096)
def _has_insignificant(size: tuple[int, ...]) -> bool:
    return 0 in size or 1 in size


def _strides(expected: Outputs) -> bool:
    return any(bool(one.detail) or _has_significant(one.size) for one in map(OutputFacts._make, expected))


def _exact_strides(expected: Outputs) -> bool:
    return any(bool(one.stride) and _has_insignificant(one.size) for one in map(OutputFacts._make, expected))


@RULES.rule(
    "layout.stride",
    source="aten/src/ATen/native/TensorShape.cpp; aten/src/ATen/TensorUtils.cpp, computeStride",
    fault="a kernel that swaps two strides",
    applies=accepted,
    sees=_strides,
)
def stride(expected: Outputs, observed: Outputs) -> Difference | None:
    """Strides (elements) of dimensions that have more than one element are the reference's.

    A tensor without elements has no significant stride. Components of composite tensors count whole.
    """
    return _compare(expected, observed, "stride", lambda facts: (_significant(facts), facts.detail))


@RULES.rule(
    "layout.stride-exact",
    source="aten/src/ATen/TensorUtils.cpp, computeStride; c10/core/Contiguity.h",
    fault="a kernel that gives size-1 dimensions stride 1",
    applies=accepted,
    sees=_exact_strides,
)
def stride_exact(expected: Outputs, observed: Outputs) -> Difference | None:
    """Strides of size-1 dimensions, and of tensors without elements, are the reference's too.

    No element depends on them, but guards, caches and stride-keyed kernels do.
    """
    return _compare(expected, observed, "insignificant stride", _insignificant)


@RULES.rule(
    "layout.offset",
    source="aten/src/ATen/native/TensorShape.cpp",
    fault="a kernel that drops the storage offset",
    applies=accepted,
)
def offset(expected: Outputs, observed: Outputs) -> Difference | None:
    """The storage offset (elements of the output's dtype) is the reference's."""
    return _compare(expected, observed, "offset", lambda facts: facts.offset)


@RULES.rule(
    "layout.dtype",
    source="aten/src/ATen/native/TensorConversions.cpp; native_functions.yaml",
    fault="a kernel that returns another dtype",
    applies=accepted,
)
def dtype(expected: Outputs, observed: Outputs) -> Difference | None:
    """The dtype is the reference's."""
    return _compare(expected, observed, "dtype", lambda facts: facts.dtype)


@RULES.rule(
    "layout.flags",
    source="aten/src/ATen/ConjugateFallback.cpp; aten/src/ATen/native/NegateFallback.cpp",
    fault="a kernel that loses the conj bit",
    applies=accepted,
)
def flags(expected: Outputs, observed: Outputs) -> Difference | None:
    """The layout word, the device type, and the conj and neg bits are the reference's."""
    return _compare(
        expected,
        observed,
        "flags",
        lambda facts: f"layout={facts.layout} device={facts.device} conj={facts.conj} neg={facts.neg}",
    )
