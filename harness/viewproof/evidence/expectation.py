"""Asks the reference what a case must give: outputs, or a refusal. The only module of the harness that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from viewproof.cases.answers import Answers
from viewproof.cases.kinds import kind_of_type
from viewproof.cases.model import Case, TensorArgument, operand
from viewproof.generate.sweep import cases
from viewproof_reference.layout import Output, Refusal, predict


class Expectation(NamedTuple):
    """Either `outputs` (the call is accepted) or `refusal` (it is refused); the other one is None.

    A subject that is not a call has no outputs; `answers` are what the reference says of it, None for a call.
    """

    outputs: tuple[Output, ...] | None
    refusal: Refusal | None = None
    answers: Answers | None = None


_PLAIN = frozenset({int, tuple, bool, float, str, type(None)})


def expect(case: Case) -> Expectation:
    """The expectation of `case`. Raises KeyError where the operator has no layout rule, or the kind no reference."""
    if type(case) is not Case:
        return Expectation((), None, kind_of_type(type(case)).answers(case))
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


def accepted_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The generated cases of a family that the reference accepts."""
    for case in cases(operator, family, profile):
        if expect(case).refusal is None:
            yield case
