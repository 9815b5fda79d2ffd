"""Subjects: a case with all that is known before it runs, namely what the reference says and traits to plan by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import torch

from viewproof.cases import format_case
from viewproof.cases.kinds import kind_of, kind_of_type, words_of
from viewproof.cases.model import TENSOR_ARGUMENTS, Case, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.evidence.expectation import Expectation, expect
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output
from viewproof_reference.layout.positions import overlaps


class OutputKind(NamedTuple):
    """What a rule's `applies` may know of an expected output; nothing of any result."""

    shares: bool
    identity: bool
    readable: bool
    strided: bool
    differentiable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What planning may know of a case. Two cases with equal traits get the same rules on a target.

    Equal traits are one object, so that they are compared and looked up by identity.
    """

    operator: str
    refused: bool
    declared: bool
    inplace: bool
    severs: bool
    strided: bool
    grad: bool
    outputs: frozenset[OutputKind]
    kind: str = "call"
    words: frozenset[str] = frozenset()


class Subject(msgspec.Struct, eq=False):
    """A case with what the reference says of it. Never changed once it is made, but for what is worked out of it once.

    `plain` says that the case is one strided tensor on a storage of its own and then numbers, with no keywords: most
    cases. `features` are those of known issues that were asked for, and whether they hold (contract/conditions.py).
    `known` is the expected evidence that was asked for: by the device type where it is metadata, else by what it is.
    """

    case: Case
    expectation: Expectation
    traits: Traits
    plain: bool = False
    features: dict[str, bool] = msgspec.field(default_factory=dict)
    known: dict[str, Any] = msgspec.field(default_factory=dict)
    _name: str | None = None
    _call_in: Subject | None = None

    @property
    def name(self) -> str:
        """The case's canonical name, spelled out once."""
        if self._name is None:
            self._name = format_case(self.case)
        return self._name

    @property
    def call_in(self) -> Subject | None:
        """The one call that a subject of another kind is made of, as a subject; None where there is none."""
        if type(self.case) is Case:
            return None
        if self._call_in is None:
            call = kind_of_type(type(self.case)).call_in(self.case)
            if call is not None:
                self._call_in = subject_of(call, expect(call))
        return self._call_in


# Views of the storage that autograd does not track (tools/autograd/derivatives.yaml gives the
# first no derivative by design, and calls the output of the second not differentiable).
_SEVERS = frozenset({"aten.detach.default", "aten.view.dtype"})


class OperatorTraits(NamedTuple):
    """What the schema says: a returned alias is declared, the operator changes its operand's metadata in place."""

    declared: bool
    inplace: bool
    severs: bool


@lru_cache(maxsize=4096)
def operator_traits(operator: str) -> OperatorTraits:
    """The traits of an overload, from its alias annotations and tags."""
    overload = resolve(operator)
    declared = any(value.alias_info is not None for value in overload._schema.returns)
    return OperatorTraits(declared, torch.Tag.inplace_view in overload.tags, operator in _SEVERS)


_DIFFERENTIABLE = frozenset(name for name, row in DTYPES.items() if row.kind in ("float", "complex"))


@lru_cache(maxsize=1024)
def _kind(shares: bool, identity: bool, readable: bool, dtype: str | None) -> OutputKind:
    return OutputKind(shares, identity, readable, dtype is not None, readable and dtype in _DIFFERENTIABLE)


def _kind_of(output: Output) -> OutputKind:
    layout, shares, reads, _, identity = output
    dtype = layout.dtype if type(layout) is Layout else None
    return _kind(shares is not None, identity, reads is not None, dtype)


@lru_cache(maxsize=4096)
def _traits_of_other(operator: str, kind: str, words: frozenset[str]) -> Traits:
    return Traits(operator, False, False, False, False, False, False, frozenset(), kind, words)


def shares_version(traits: Traits, output: Output) -> bool:
    """Whether the output has the operand's version counter: a declared view, or the operand itself."""
    return output.shares is not None and (traits.declared or output.identity)


def sees_base(traits: Traits, output: Output) -> bool:
    """Whether `_base` of the output is the operand (or the operand's own base): a declared view, not a severed one."""
    return output.shares is not None and traits.declared and not traits.severs


_COMPOSITE = TENSOR_ARGUMENTS - {TensorArgument}
#: Arguments that a call takes as a case has them: a tuple of ints is a list to torch.
_NUMBERS = frozenset({int, bool, float, tuple, type(None)})


def _differentiable(argument: TensorArgument) -> bool:
    # A position that two elements share has no gradient of its own.
    return "grad" in argument.flags and not overlaps(argument.layout)


@lru_cache(maxsize=65536)
def _traits(operator: str, strided: bool, grad: bool, refused: bool, outputs: tuple[OutputKind, ...]) -> Traits:
    declared, inplace, severs = operator_traits(operator)
    return Traits(operator, refused, declared, inplace, severs, strided, grad, frozenset(outputs))


@lru_cache(maxsize=65536)
def _traits_of_one(  # noqa: PLR0917  -- the facts in the order of the fields
    operator: str, strided: bool, grad: bool, shares: bool, identity: bool, readable: bool, dtype: str | None
) -> Traits:
    """The traits of an accepted case with one output: most cases, looked up at once."""
    return _traits(operator, strided, grad, False, (_kind(shares, identity, readable, dtype),))


def subject_of(case: Case, expectation: Expectation) -> Subject:
    """The subject of a case and what the reference says of it."""
    if type(case) is not Case:
        return Subject(case, expectation, _traits_of_other(case.operator, kind_of(case), words_of(case)))
    first, kinds_of_rest = case.args[0], map(type, case.args[1:])
    strided = grad = type(first) is TensorArgument
    plain = strided and _NUMBERS.issuperset(kinds_of_rest) and not (case.kwargs or case.storages)
    if strided:
        grad = bool(first.flags) and _differentiable(first)
        strided = plain or _COMPOSITE.isdisjoint(map(type, case.args[1:]))
    outputs = expectation.outputs
    if outputs is None:
        kinds: tuple[OutputKind, ...] = ()
    elif len(outputs) == 1:
        layout, shares, reads, _, identity = outputs[0]
        dtype = layout.dtype if type(layout) is Layout else None
        traits = _traits_of_one(case.operator, strided, grad, shares is not None, identity, reads is not None, dtype)
        return Subject(case, expectation, traits, plain)
    else:
        kinds = tuple({_kind_of(one): None for one in outputs})
    traits = _traits(case.operator, strided, grad, outputs is None, kinds)
    return Subject(case, expectation, traits, plain)
