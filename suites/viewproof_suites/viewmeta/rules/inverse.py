"""Level 4: what the inverse of a view gives back, in each of its return modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.probe import ANYTHING
from viewproof.evidence.subject import Traits
from viewproof_suites.viewmeta.inverses import (
    FLAGS,
    INVERSE,
    PLACEMENT,
    SHARES,
    BaseBits,
    BasePlaced,
    BaseStorage,
    NewBaseShown,
    Reach,
)

RULES = Rules(level=4, probe=INVERSE)

_SOURCE = "torch/csrc/autograd/python_variable.cpp, _rev_view_func_unsafe; aten/src/ATen/FunctionalInverses.cpp"

Shown = tuple[NewBaseShown | None, ...]
Placed = tuple[BasePlaced | None, ...]
Bits = tuple[BaseBits | None, ...]
Storages = tuple[BaseStorage | None, ...]


def _inverted(traits: Traits) -> bool:
    return (
        not traits.refused
        and traits.declared
        and traits.strided
        and not traits.inplace
        and any(output.shares and not output.identity and output.strided for output in traits.outputs)
    )


def _some(expected: tuple[Any, ...]) -> bool:
    return any(one is not None for one in expected)


def _pairs(expected: tuple[Any, ...], observed: tuple[Any, ...]) -> Iterator[tuple[int, Any, Any]]:
    """The new bases that are owed, each with the number of its output and what is there in its place."""
    for index, (wanted, got) in enumerate(zip(expected, observed, strict=True)):
        if wanted is not None:
            yield index, wanted, got


def _absent(index: int, got: Any) -> Difference | None:
    # Where there is no new base, no clause on it holds.
    if not got.note:
        return None
    return Difference(f"output {index}: a new base", f"output {index}: {got.note}", got.note)


def _other(index: int, what: str, wanted: object, got: object) -> Difference:
    where = f"inverse of output {index}"
    return Difference(f"{where}: {what} {wanted}", f"{where}: {what} {got}", f"{what} differs")


def _parts(index: int, wanted: Any, got: Any, names: tuple[str, ...]) -> Difference | None:
    """The first of these facts that differs."""
    absent = _absent(index, got)
    if absent is not None:
        return absent
    for name in names:
        if getattr(wanted, name) != getattr(got, name):
            return _other(index, name, getattr(wanted, name), getattr(got, name))
    return None


def _bounds(index: int, wanted: NewBaseShown, got: NewBaseShown, names: tuple[str, ...]) -> Difference | None:
    for name in names:
        seen = getattr(got, name)
        if getattr(wanted, name) != seen:
            what = "bounds" if name == "beyond" else "bounds on a short storage"
            if isinstance(seen, Reach):
                return _other(index, what, f"{seen.needed} bytes of storage", f"{seen.held} bytes")
            return _other(index, what, "within its storage", seen)
    return None


@RULES.rule(
    "inverse.exists",
    source=_SOURCE,
    fault="a view whose reverse function is missing, or refuses the view's own geometry",
    applies=_inverted,
    sees=_some,
)
def exists(expected: Shown, observed: Shown) -> Difference | None:
    """Every view of a strided base has an inverse, which takes a mutated view and gives one new base.

    It does so for each output of an operator that has several.
    """
    for index, _, got in _pairs(expected, observed):
        absent = _absent(index, got)
        if absent is not None:
            return absent
    return None


@RULES.rule(
    "inverse.size",
    source=_SOURCE,
    fault="an inverse that gives the view's size, or computes in another dtype",
    applies=_inverted,
    sees=_some,
)
def size(expected: Shown, observed: Shown) -> Difference | None:
    """The new base has the size, dtype, layout and device of the base."""
    for index, wanted, got in _pairs(expected, observed):
        found = _parts(index, wanted, got, ("size", "dtype", "layout", "device"))
        if found is not None:
            return found
    return None


def _strides(expected: Placed) -> bool:
    return any(one is not None and one.stride is not ANYTHING for one in expected)


@RULES.rule(
    "inverse.stride",
    source=f"{_SOURCE}; aten/src/ATen/native/TensorShape.cpp, clone_preserve_strides",
    fault="an inverse that gives a contiguous base for a strided one, or drops the offset",
    probe=PLACEMENT,
    applies=_inverted,
    sees=_strides,
)
def stride(expected: Placed, observed: Placed) -> Difference | None:
    """Strides (of dimensions that have more than one element) of the new base are the base's; so is a view's offset.

    Another view of the base is taken anew from the new base, and `as_strided` reads by nothing but places. An inverse
    that may scatter owes the strides where the mutated view has the view's, one that never views owes none. Of a new
    base of another size no stride is the base's.
    """
    for index, wanted, got in _pairs(expected, observed):
        found = _parts(index, wanted, got, ("size", "stride", "offset"))
        if found is not None:
            return found
    return None


@RULES.rule(
    "inverse.flags",
    source=f"{_SOURCE}; aten/src/ATen/native/UnaryOps.cpp",
    fault="an inverse of conj that leaves the conj bit on",
    probe=FLAGS,
    applies=_inverted,
    sees=_some,
)
def flags(expected: Bits, observed: Bits) -> Difference | None:
    """An inverse that is a view has the base's conj and neg bits; one that is a scatter or a copy may resolve them."""
    for index, wanted, got in _pairs(expected, observed):
        absent = _absent(index, got)
        if absent is not None:
            return absent
        if (wanted.conj, wanted.neg) != (got.conj, got.neg):
            return _other(index, "flags", (wanted.conj, wanted.neg), (got.conj, got.neg))
    return None


@RULES.rule(
    "inverse.shares",
    source="torch/_C/_functionalization.pyi, InverseReturnMode; aten/src/ATen/FunctionalInverses.cpp",
    fault="an always-view inverse that copies; a never-view inverse that returns the mutated view",
    probe=SHARES,
    applies=_inverted,
    sees=_some,
)
def shares(expected: Storages, observed: Storages) -> Difference | None:
    """Where an inverse is always a view, the new base is on the mutated view's storage; where never, it is on its own.

    Where it may be either, nothing is owed.
    """
    for index, wanted, got in _pairs(expected, observed):
        absent = _absent(index, got)
        if absent is not None:
            return absent
        if wanted.on != got.on:
            return _other(index, "storage", wanted.on, got.on)
    return None


@RULES.rule(
    "inverse.bounds",
    source="aten/src/ATen/native/Resize.h, checkInBoundsForStorage",
    fault="an inverse that sets the base's strides on a storage that is too short",
    applies=_inverted,
    sees=_some,
)
def bounds(expected: Shown, observed: Shown) -> Difference | None:
    """Every element of the new base lies within its storage.

    Of a mutated view on a storage that is too short for the base, an inverse that is a view makes none: it refuses it.
    """
    for index, wanted, got in _pairs(expected, observed):
        found = _absent(index, got) or _bounds(index, wanted, got, ("beyond", "short"))
        if found is not None:
            return found
    return None


def _elements(expected: Shown) -> bool:
    return any(one is not None and any(cell is not None for cell in one.elements or ()) for one in expected)


@RULES.rule(
    "inverse.values",
    source=f"{_SOURCE}; docs/contract.md, position",
    fault="an inverse that clears what the view leaves out, or adds up what elements on one place were given",
    applies=_inverted,
    sees=_elements,
)
def values(expected: Shown, observed: Shown) -> Difference | None:
    """Elements that the view names have the mutated view's values, bit for bit, and all others keep the base's.

    A place that several elements of the view name takes the value that they agree on, as a write in eager does. An
    inverse that is a view shows the rest of the mutated view's own storage, since that is where it lies. A new base of
    another size or dtype, or one that leaves its storage, has no such elements.
    """
    for index, wanted, got in _pairs(expected, observed):
        found = _parts(index, wanted, got, ("size", "dtype")) or _bounds(index, wanted, got, ("beyond",))
        if found is not None:
            return found
        if wanted.elements != got.elements:
            return _element(index, wanted.elements, got.elements)
    return None


def _element(index: int, wanted: tuple[bytes | None, ...], got: tuple[bytes, ...] | None) -> Difference:
    """The first element that differs."""
    if got is None:
        return _other(index, "values", f"{len(wanted)} elements", "none that can be read")
    for place, (one, other) in enumerate(zip(wanted, got, strict=False)):
        if one is not None and one != other:
            return _other(index, "values", f"element {place} is {one.hex()}", f"element {place} is {other.hex()}")
    return _other(index, "values", f"{len(wanted)} elements", f"{len(got)} elements")
