"""The comparison of a fake result with a functionalized one, which collects every difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch

from viewproof_reference.replacements.crossref.facts import Facts, Leaf, Result
from viewproof_reference.replacements.crossref.torchs import asks_torch

#: What torch's own check leaves out, by our name of the fact: it compares size, dtype and significant strides only.
LENIENCY: Mapping[str, str] = MappingProxyType(
    {
        "structure": "a tuple in the place of a list passes; only the number of leaves counts",
        "kind": "a leaf that is a tensor in the fake run only passes; one that is one functionalized only is asked "
        "for its size, whatever it is, and what comes of that is no verdict",
        "stride-exact": "strides of dimensions of one element, and of empty tensors, are not compared",
        "offset": "storage offsets are not compared",
        "sharing": "whose storage an output lies on is not compared",
        "conj": "the conj bit is not compared",
        "neg": "the neg bit is not compared",
        "grad": "whether an output requires a gradient is not compared",
        "layout": "a sparse tensor is not told from a strided one",
        "several": "all but the first difference is left unsaid: the first one raises",
    }
)


class Mismatch(NamedTuple):
    """One difference. `place` is the output's (`` where there is one only); `fake` and `functional` say what each has.

    `dimension` is that of the first stride that differs, None for all other facts.
    """

    fact: str
    place: str
    fake: str
    functional: str
    dimension: int | None = None


def _stride_mismatch(place: str, fake: Facts, functional: Facts) -> Mismatch | None:
    if fake.significant() == functional.significant():
        return None
    pairs = enumerate(zip(fake.significant(), functional.significant(), strict=True))
    index = next(number for number, (one, other) in pairs if one != other)
    return Mismatch("stride", place, str(fake.stride), str(functional.stride), index)


def compare_tensors(place: str, fake: Facts, functional: Facts) -> list[Mismatch]:
    """Every fact in which two tensors differ. Strides are compared where the sizes agree: else they differ anyway."""
    if fake == functional:
        return []
    found = []
    if tuple(fake.size) != tuple(functional.size):
        found.append(Mismatch("size", place, str(tuple(fake.size)), str(tuple(functional.size))))
    if fake.dtype != functional.dtype:
        found.append(Mismatch("dtype", place, str(fake.dtype), str(functional.dtype)))
    if tuple(fake.size) == tuple(functional.size):
        stride = _stride_mismatch(place, fake, functional)
        if stride is not None:
            found.append(stride)
        elif fake.stride != functional.stride:
            found.append(Mismatch("stride-exact", place, str(fake.stride), str(functional.stride)))
    if fake.offset != functional.offset:
        found.append(Mismatch("offset", place, str(fake.offset), str(functional.offset)))
    for fact in ("conj", "neg", "grad"):
        one, other = getattr(fake, fact), getattr(functional, fact)
        if one != other:
            found.append(Mismatch(fact, place, str(one), str(other)))
    return found


@asks_torch
def _layout_text(tensor: torch.Tensor) -> str:
    return f"{tensor.layout} {tuple(tensor.size())} {tensor.dtype}"


def _compare_leaf(fake: Leaf, functional: Leaf, expected: Callable[[Facts], Facts]) -> list[Mismatch]:
    if fake.facts is not None and functional.facts is not None:
        return compare_tensors(fake.place, expected(fake.facts), functional.facts)
    tensors = isinstance(fake.value, torch.Tensor), isinstance(functional.value, torch.Tensor)
    if tensors == (True, True):
        one, other = _layout_text(fake.value), _layout_text(functional.value)
        return [] if one == other else [Mismatch("layout", fake.place, one, other)]
    if tensors == (False, False):
        # Values that are no tensors may differ between the runs: only metadata is compared.
        return []
    return [Mismatch("kind", fake.place, type(fake.value).__name__, type(functional.value).__name__)]


def _same(facts: Facts) -> Facts:
    return facts


def compare_results(fake: Result, functional: Result, expected: Callable[[Facts], Facts] = _same) -> list[Mismatch]:
    """Every difference between two results, but for sharing. `expected` turns a fake output's facts into wanted ones.

    Different numbers of leaves are one mismatch of `structure`, and then nothing else is compared; different containers
    of as many leaves are one too, and then the leaves are compared as well.
    """
    found = []
    if fake.shape != functional.shape:
        found.append(Mismatch("structure", "", fake.shape, functional.shape))
    if len(fake.leaves) != len(functional.leaves):
        return found
    for one, other in zip(fake.leaves, functional.leaves, strict=True):
        found += _compare_leaf(one, other, expected)
    return found


def compare_sharing(
    places: Sequence[str], fake: Sequence[tuple[str, ...]], functional: Sequence[tuple[str, ...]]
) -> list[Mismatch]:
    """The outputs that do not share the storage of the same inputs, and of the same earlier outputs, in both runs."""
    return [
        Mismatch("sharing", place, " and ".join(one) or "nothing", " and ".join(other) or "nothing")
        for place, one, other in zip(places, fake, functional, strict=True)
        if one != other
    ]


def lenient_verdict(fake: Result, functional: Result) -> Mismatch | None:
    """The one difference that torch's check stops at, None where it finds none: LENIENCY lists what it ignores.

    Raises TypeError where torch's check is not applicable: a tensor compared with something else.
    """
    if len(fake.leaves) != len(functional.leaves):
        return Mismatch("structure", "", str(len(fake.leaves)), str(len(functional.leaves)))
    for one, other in zip(fake.leaves, functional.leaves, strict=True):
        if not isinstance(other.value, torch.Tensor):
            continue
        if not isinstance(one.value, torch.Tensor):
            raise TypeError(f"output{one.place}: wanted a tensor beside a tensor, got {type(one.value).__name__}")
        if one.facts is None or other.facts is None:
            continue
        known = compare_tensors(one.place, one.facts, other.facts)
        for fact in ("size", "dtype", "stride"):
            first = next((mismatch for mismatch in known if mismatch.fact == fact), None)
            if first is not None:
                return first
    return None
