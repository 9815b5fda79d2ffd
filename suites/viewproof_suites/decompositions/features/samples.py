"""Features of samples: of all the tensors of a call, given or written, and of how its operator is registered."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.contract.features import Features, dense
from viewproof.evidence.expectation import Expectation
from viewproof.samples.annotations import annotations_of
from viewproof.samples.cases import DomainTensor, SampleCase
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import overlaps

FEATURES = Features()


def layouts_of(value: Any) -> Iterator[Layout]:
    """The layouts of the tensors in an argument of a sample, in their order; none for any other value."""
    if type(value) is TensorArgument:
        yield value.layout
    elif type(value) is DomainTensor:
        yield value.tensor.layout
    elif type(value) is tuple:
        for one in value:
            yield from layouts_of(one)


def _given(case: Any) -> dict[str, list[Layout]]:
    """The layouts of a sample's tensors, by the argument's name; none where the case is no sample."""
    if not isinstance(case, SampleCase):
        return {}
    names = [argument.name for argument in resolve(case.operator)._schema.arguments]
    named = [*zip(names, case.call.args, strict=False), *case.call.kwargs]
    return {name: list(layouts_of(value)) for name, value in named}


def _is_sample(case: Any) -> bool:
    return isinstance(case, SampleCase)


def _all(case: Case) -> list[Layout]:
    return [layout for layouts in _given(case).values() for layout in layouts]


@FEATURES.feature("sample-permuted")
def _permuted(case: Case, expectation: Expectation) -> bool:
    """A tensor's elements fill one run of positions, but not in row-major order."""
    return any(dense(one) and not is_contiguous(one.size, one.stride) for one in _all(case))


@FEATURES.feature("sample-stepped")
def _stepped(case: Case, expectation: Expectation) -> bool:
    """A tensor has gaps between its elements."""
    return any(not dense(one) and not overlaps(one) for one in _all(case) if 0 not in one.size)


@FEATURES.feature("sample-expanded")
def _expanded(case: Case, expectation: Expectation) -> bool:
    """A tensor has several elements at one position."""
    return any(overlaps(one) for one in _all(case))


@FEATURES.feature("sample-writes-expanded")
def _writes_expanded(case: Case, expectation: Expectation) -> bool:
    """A tensor that the schema says is written has several elements at one position."""
    writes = annotations_of(case.operator).writes
    return any(overlaps(one) for name, given in _given(case).items() if name in writes for one in given)


@FEATURES.feature("sample-bfloat16")
def _bfloat16(case: Case, expectation: Expectation) -> bool:
    """A tensor is of bfloat16."""
    return any(one.dtype == "bfloat16" for one in _all(case))


@FEATURES.feature("sample-empty")
def _empty(case: Case, expectation: Expectation) -> bool:
    """A tensor has no elements."""
    return any(0 in one.size for one in _all(case))


@lru_cache(maxsize=4096)
def is_composite(operator: str) -> bool:
    """Whether an overload has a C++ kernel that calls other operators, through which autograd differentiates it."""
    return torch._C._dispatch_has_kernel_for_dispatch_key(resolve(operator).name(), "CompositeImplicitAutograd")


@FEATURES.feature("sample-composite")
def _composite(case: Case, expectation: Expectation) -> bool:
    """The case is a sample of an operator that is composite (see `is_composite`)."""
    return _is_sample(case) and is_composite(case.operator)
