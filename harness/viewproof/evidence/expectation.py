"""What the reference says of a case: the outputs, or the refusal. The harness's one call of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from viewproof.cases.model import Case, TensorArgument, operand
from viewproof_reference.layout import Output, Refusal, predict


class Expectation(NamedTuple):
    """Either `outputs` (the call is accepted) or `refusal` (it is refused); the other one is None.

    A subject that is not a call has no outputs; `answers` are what the reference says of it, by name.
    """

    outputs: tuple[Output, ...] | None
    refusal: Refusal | None = None
    answers: Mapping[str, Any] = MappingProxyType({})


_PLAIN = frozenset({int, tuple, bool, float, str, type(None)})
_ANSWERING: dict[type, Callable[[Any], Mapping[str, Any]]] = {}


def answering(kind: type, function: Callable[[Any], Mapping[str, Any]]) -> None:
    """Say which function of the reference answers for subjects of type `kind`, which are no calls."""
    _ANSWERING[kind] = function


def expect(case: Case) -> Expectation:
    """The expectation of `case`. Raises KeyError where the operator has no layout rule, or the kind no reference."""
    if type(case) is not Case:
        return Expectation((), None, _ANSWERING[type(case)](case))
    args = [
        argument
        if (kind := type(argument)) in _PLAIN
        else argument.layout
        if kind is TensorArgument and argument.values is None
        else operand(argument)
        for argument in case.args
    ]
    kwargs = {name: operand(value) for name, value in case.kwargs} if case.kwargs else {}
    try:
        return Expectation(predict(case.operator, args, kwargs))
    except Refusal as refusal:
        return Expectation(None, refusal)
