"""Chooses the calls of an overload to keep: few, small, unlike each other, and accepted with our own contents."""

from __future__ import annotations

import math
from collections.abc import Iterable
from time import perf_counter
from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.samples.build import build_sample
from viewproof.samples.cases import DOMAINS, MATRICES, DomainTensor, format_sample, parse_sample, tensors_in, tensors_of
from viewproof.samples.demands import satisfied
from viewproof.samples.harvest.spell import normal
from viewproof.samples.sensitive import moved, watched
from viewproof.samples.tables import all_entries
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, element_count

KEPT = 4
"""How many calls of an overload are kept as they are; a permuted, a stepped and an expanded one of them join these."""
_TRIED = 40
_LARGEST = 4000
"""How many elements a sample may return."""
_SLOWEST = 0.03
"""Seconds that a sample may take, its second time."""
_CONDITION = 50
"""The largest condition number of a matrix that is factored."""
_MOVED = 0.5
"""How far, in tolerances, what is compared with a decomposition may move when the operands are rounded otherwise."""
#: The exceptions with which an operator refuses a call.
REFUSALS = (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError, AttributeError, AssertionError)


def traits(call: Case) -> frozenset[str]:
    """The properties by which calls are told apart: dtypes, ranks, keywords, switches, absent arguments."""
    found = {f"keyword {name}" for name, _ in call.kwargs}
    for place, value in enumerate((*call.args, *(given for _, given in call.kwargs))):
        if value is None or isinstance(value, bool | str) or type(value).__name__ == "Text":
            found.add(f"{place} is {value}")
        elif isinstance(value, int | float):
            found.add(f"{place} is {'negative' if value < 0 else 'zero' if value == 0 else type(value).__name__}")
        elif type(value) is tuple and not any(True for _ in tensors_in(value)):
            found.add(f"{place} has {len(value)}")
        for one in tensors_in(value):
            found.add(f"{place} of {DTYPES[one.layout.dtype].kind}")
            if one.layout.dtype in ("bfloat16", "float16"):
                found.add("half")
            found.add(f"{place} of rank {len(one.layout.size)}")
            if 0 in one.layout.size:
                found.add("empty")
            if one.layout.stride and 0 in one.layout.stride:
                found.add("expanded")
    return frozenset(found)


def _cost(call: Case) -> float:
    sizes = [element_count(one.layout.size) for one in tensors_of(call)]
    rare = sum(3 for one in tensors_of(call) if one.layout.dtype not in ("float32", "int64", "bool"))
    tiny = 12 if sizes and max(sizes) < 4 else 0
    ones = sum(3 for one in tensors_of(call) for extent in one.layout.size if extent == 1)
    empty = 40 if 0 in sizes else 0
    return sum(sizes) + len(format_sample(call)) / 3 + rare + tiny + ones + empty


def _placed(call: Case, change: Any) -> Case:
    """The call with every tensor changed by `change(argument, number)`."""
    count = 0

    def turn(value: Any) -> Any:
        nonlocal count
        if type(value) is TensorArgument:
            count += 1
            return change(value, count - 1)
        if type(value) is DomainTensor:
            return DomainTensor(value.domain, turn(value.tensor))
        return tuple([turn(one) for one in value]) if type(value) is tuple else value

    args = tuple([turn(value) for value in call.args])
    return Case(call.operator, args, tuple([(name, turn(value)) for name, value in call.kwargs]))


def _on(argument: TensorArgument, stride: tuple[int, ...], offset: int) -> TensorArgument:
    size, dtype = argument.layout.size, argument.layout.dtype
    end = 0 if 0 in size else offset + 1 + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
    layout = Layout(size, stride, offset, dtype, storage_bytes=end * DTYPES[dtype].itemsize)
    return TensorArgument(layout, values=argument.values)


def permuted(argument: TensorArgument, number: int) -> TensorArgument:
    """Dense, the first dimension the innermost."""
    del number
    size = argument.layout.size
    return _on(argument, tuple([math.prod(size[:place]) for place in range(len(size))]), 0)


def stepped(argument: TensorArgument, number: int) -> TensorArgument:
    """Every second place, from the second on."""
    del number
    size = argument.layout.size
    return _on(argument, tuple([2 * math.prod(size[place + 1 :]) for place in range(len(size))]), 1)


def expanded(argument: TensorArgument, number: int) -> TensorArgument:
    """The first tensor's first dimension of one place, the rest dense."""
    size = argument.layout.size
    if number or not size or argument.values is not None:
        return argument
    return _on(argument, tuple([0 if not place else math.prod(size[place + 1 :]) for place in range(len(size))]), 0)


def within(call: Case, domain: str) -> Case:
    """The call with every float tensor that can be in `domain` in it."""

    def turn(value: Any) -> Any:
        if type(value) is TensorArgument:
            size, kind = value.layout.size, DTYPES[value.layout.dtype].kind
            square = len(size) > 1 and size[-1] == size[-2]
            fits = kind == "float" if domain == "ascending" else kind in ("float", "complex")
            if value.values is None and fits and (square or domain not in MATRICES):
                return DomainTensor(domain, value)
            return value
        return tuple([turn(one) for one in value]) if type(value) is tuple else value

    return Case(call.operator, tuple([turn(one) for one in call.args]),
                tuple([(name, turn(value)) for name, value in call.kwargs]))  # fmt: skip


def accepted(call: Case) -> bool:
    """Whether the operator takes the call, in time, its name reads back, and no rounding decides what it gives."""
    try:
        if normal(call) != call:
            return False
        if parse_sample(format_sample(call)).call != call:
            return False
        if (
            sum(one.numel() for one in torch.utils._pytree.tree_leaves(_runs(call)) if isinstance(one, torch.Tensor))
            > _LARGEST
        ):
            return False
        began = perf_counter()
        _runs(call)
        seconds = perf_counter() - began
        steady = call.operator not in all_entries() or moved(call)[0] < _MOVED
    except REFUSALS:
        return False
    return steady and seconds < _SLOWEST


def _runs(call: Case) -> Any:
    built = build_sample(call)
    with torch.no_grad():
        return resolve(call.operator)(*built.args, **built.kwargs)


def _undefined(call: Case) -> bool:
    """Whether the call gives floats, more than half of them NaN."""
    tensors = [one for one in torch.utils._pytree.tree_leaves(_runs(call)) if isinstance(one, torch.Tensor)]
    floats = [one for one in tensors if one.is_floating_point() and one.numel() and not one.is_sparse]
    try:
        nans = sum(int(one.isnan().sum()) for one in floats)
    except REFUSALS:
        return False
    return bool(floats) and 2 * nans > sum(one.numel() for one in floats)


def _well_conditioned(call: Case) -> bool:
    """Whether every matrix that the call passes to linear algebra before it ends is well conditioned."""
    watching, seen = watched(resolve(call.operator))
    built = build_sample(call)
    try:
        with torch.no_grad():
            watching(*built.args, **built.kwargs)
    except REFUSALS:
        pass  # what it met before is what counts
    return all(float(torch.linalg.cond(matrix)) < _CONDITION for _, matrix in seen.matrices)


def _defined(call: Case) -> Case | None:
    """The call with contents that its operator takes: what it asks for, else the first domain that it takes."""
    found = None
    asked = satisfied(call)
    for candidate in (asked, *(within(asked, domain) for domain in DOMAINS)):
        if accepted(candidate) and _well_conditioned(candidate):
            if not _undefined(candidate):
                return candidate
            found = found or candidate
    return found


def chosen(calls: Iterable[Case], kept: int = KEPT) -> list[Case]:
    """The calls to keep: the smallest that have, together, the most traits; then their other layouts."""
    buckets: dict[frozenset[str], Case] = {}
    for call in sorted(calls, key=_cost):
        buckets.setdefault(traits(call), call)
    found: list[Case] = []
    seen: set[str] = set()
    left = [(traits(call), call) for call in list(buckets.values())]
    for _ in range(_TRIED):
        if not left or len(found) == kept:
            break
        best = max(range(len(left)), key=lambda place: (len(left[place][0] - seen), -place) if found else (0, -place))
        has, call = left.pop(best)
        if found and not has - seen:
            break
        candidate = _defined(call)
        if candidate is not None:
            found.append(candidate)
            seen |= has
    return found + _elsewhere(found)


def _has_rows(argument: TensorArgument) -> bool:
    size = argument.layout.size
    return 0 not in size and sum(extent > 1 for extent in size) > 1


def _elsewhere(found: list[Case]) -> list[Case]:
    """Calls with other layouts: the first that is accepted of each."""
    more: list[Case] = []
    # A layout shows the most where there are elements, and dimensions of several.
    rich = sorted(found, key=lambda call: not any(_has_rows(one) for one in tensors_of(call)))
    for change in (permuted, stepped, expanded):
        for call in rich:
            if change is not stepped and not any(len(one.layout.size) > 1 for one in tensors_of(call)):
                continue
            turned = _placed(call, change)
            if turned != call and turned not in found and turned not in more and accepted(turned):
                more.append(turned)
                break
    return more
