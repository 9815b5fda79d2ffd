"""The layout rules by overload, and `predict`, which applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from viewproof_reference.layout.model import Layout, Output

Rule = Callable[..., Any]
RuleT = TypeVar("RuleT", bound=Rule)

_RULES: dict[str, Rule] = {}


def layout_rule(*overloads: str) -> Callable[[RuleT], RuleT]:
    """Register a function as the layout rule of `overloads`, spelled `"slice.Tensor"` or `"t.default"`.

    The function takes the call's arguments as its schema names and orders them, tensors as `Operand`s. It returns a
    `Layout` (a view of the first operand), an `Output`, or a tuple of either (an operator of several outputs), or
    raises `Refusal`.
    """

    def register(function: RuleT) -> RuleT:
        for overload in overloads:
            name = f"aten.{overload}"
            if name in _RULES:
                raise ValueError(f"{name}: wanted one layout rule, got a second one, {function.__name__}")
            _RULES[name] = function
        return function

    return register


def has_layout_rule(overload: str) -> bool:
    """Whether `overload` (`aten.slice.Tensor`) has a layout rule."""
    return overload in _RULES


def _output(result: Layout | Output) -> Output:
    # `Layout` and `Output` are both named tuples: the class decides, and exactly.
    if type(result) is Layout:
        return Output(result, "self", result, "self")
    return result  # type: ignore[return-value]


def layout_rule_of(overload: str) -> Rule | None:
    """The layout rule of `overload`, None where there is none."""
    return _RULES.get(overload)


def predict(overload: str, args: Iterable[Any], kwargs: Mapping[str, Any]) -> tuple[Output, ...]:
    """What the call must return, computed from the layouts alone.

    Raises `Refusal` where the contract refuses the call, KeyError where `overload` has no rule.
    """
    result = _RULES[overload](*args, **kwargs)
    if type(result) is Layout:
        return (Output(result, "self", result, "self"),)
    if type(result) is Output:
        return (result,)
    return tuple([_output(one) for one in result])
