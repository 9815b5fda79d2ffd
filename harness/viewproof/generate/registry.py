"""The registry of the generator functions that make operators' arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, NamedTuple

from viewproof.cases.model import Case, TensorArgument
from viewproof.discovery import found_contracts
from viewproof.errors import UsageError
from viewproof_reference.layout.model import Layout, Size


class Calls(NamedTuple):
    """Arguments after the first tensor: `good` ones that should be accepted, `bad` ones worth refusing.

    Each is a sequence (a list, a `Grid`, a `Chain`) of tuples or `Keyed`. The reference, not this split, decides what
    is accepted; the split only keeps the mixture.
    """

    good: Any
    bad: Any


Arguments = Callable[[Layout], Calls]


@dataclass(frozen=True, slots=True)
class Spec:
    """How an operator on strided bases is swept.

    `dtypes` names a row of `bases.POOLS`. `weight` is how many good calls two bases get in quick. `without` names
    families that cannot be. `odd` are bases of the wrong kind, refused.
    """

    function: Arguments
    dtypes: str = "any"
    weight: int = 2
    without: frozenset[str] = frozenset()
    odd: tuple[TensorArgument, ...] = ()


# (arguments, keyword arguments) of one whole call.
WholeCall = tuple[tuple[Any, ...], tuple[tuple[str, Any], ...]]
Whole = Callable[[bool], Iterator[WholeCall]]

SPECS: dict[str, Spec] = {}
COMPOSITES: dict[str, dict[str, Whole]] = {}


def arguments(
    *overloads: str,
    dtypes: str = "any",
    weight: int = 2,
    without: tuple[str, ...] = (),
    odd: tuple[TensorArgument, ...] = (),
) -> Callable[[Arguments], Arguments]:
    """Register the function that gives the calls of `overloads` (`"slice.Tensor"`) for the layout of a base."""

    def register(function: Arguments) -> Arguments:
        for overload in overloads:
            if f"aten.{overload}" in SPECS:
                raise ValueError(f"aten.{overload}: wanted one generator, got a second one, {function.__name__}")
            SPECS[f"aten.{overload}"] = Spec(function, dtypes, weight, frozenset(without), odd)
        return function

    return register


def by_size(make: Callable[[Size], Calls]) -> Arguments:
    """A generator that depends on the base's size alone, and is called once for each size."""
    kept = cache(make)
    return wraps(make)(lambda layout: kept(layout.size))


def by_rank(make: Callable[[int], Calls]) -> Arguments:
    """A generator that depends on the base's rank alone, and is called once for each rank."""
    kept = cache(make)
    return wraps(make)(lambda layout: kept(len(layout.size)))


def composite(family: str, *overloads: str) -> Callable[[Whole], Whole]:
    """Register a function that gives whole calls on composite bases of `family`; it takes whether to go wide."""

    def register(function: Whole) -> Whole:
        for overload in overloads:
            families = COMPOSITES.setdefault(f"aten.{overload}", {})
            if family in families:
                raise ValueError(f"aten.{overload}: wanted one generator for {family}, got {function.__name__} too")
            families[family] = function
        return function

    return register


class Derivation(NamedTuple):
    """An operator whose cases are made from those of another: `view`, its cases by (operator, family, profile), and
    its families by (view, profile).
    """

    view: str
    cases: Callable[[str, str, str], Iterator[Case]]
    families: Callable[[str, str], tuple[str, ...]]


@cache
def derived_operators() -> Mapping[str, Derivation]:
    """How the cases of operators such as `aten.t_copy.default` are derived, as the contracts say that have them.

    Raises UsageError where two contracts say it of one operator.
    """
    found: dict[str, Derivation] = {}
    for one in found_contracts(own=True):
        for operator, how in one.contract.derived.items():
            if operator in found:
                raise UsageError(f"{operator}: wanted one generator, got a second one, from {how.view}")
            found[operator] = how
    return found
