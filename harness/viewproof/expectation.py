"""What the reference says of a case: the outputs, or the refusal. The harness's one call of the reference."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.cases.model import Case, TensorArgument, operand
from viewproof_reference.layout import Output, Refusal, predict


class Expectation(NamedTuple):
    """Either `outputs` (the call is accepted) or `refusal` (it is refused); the other one is None."""

    outputs: tuple[Output, ...] | None
    refusal: Refusal | None = None


def expect(case: Case) -> Expectation:
    """The expectation of `case`. Raises KeyError where the operator has no layout rule."""
    args = [
        argument.layout if type(argument) is TensorArgument and argument.values is None else operand(argument)
        for argument in case.args
    ]
    kwargs = {name: operand(value) for name, value in case.kwargs} if case.kwargs else {}
    try:
        return Expectation(predict(case.operator, args, kwargs))
    except Refusal as refusal:
        return Expectation(None, refusal)
