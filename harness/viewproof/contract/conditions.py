"""What a known issue's `when` means: features of a case, by name, that hold together.

A feature is a fact of the case or of what the reference says of it, never of a result. `!name` is its absence. Some
take words: `refused-with:CLASS` (the reference refuses, with that exception class), `refusal:TEXT` (with that reason,
numbers and lists written as #), `dtype:WORD` and `rank:NUMBER` (of the first operand). The others are registered by
the modules of features/, each of which says in its first line what its features are about.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from viewproof.cases.model import Case
from viewproof.cases.modules import ModuleCase
from viewproof.expectation import Expectation, expect
from viewproof_suites.features import (
    FEATURES,
    Feature,
    base_of,
    bits_fallback,
    causes,
    copies,
    crossref,
    expanding,
    feature,
    functional_as_strided,
    functional_lift,
    functional_refusals,
    functional_replaced,
    functional_resized,
    functional_unfold,
    general,
    histories,
    inverses,
    passes,
    programs,
    python_view,
    sample_arguments,
    samples,
    scatters,
)

#: The modules whose features are registered by importing them.
MODULES = (
    general, causes, python_view, bits_fallback, copies, inverses, scatters, programs, expanding,
    functional_as_strided, functional_unfold, functional_resized, functional_replaced, functional_lift,
    functional_refusals,
    histories, crossref, samples, sample_arguments,
    passes,
)  # fmt: skip

REMEMBERED = 256
"""Of how many cases a feature's answer is remembered: more than most chunks have."""

_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")
_NUMBER = re.compile(r"-?\d+")


def reason_of(expectation: Expectation) -> str:
    """The refusal's reason with lists and numbers as #; empty where the case is accepted."""
    if expectation.refusal is None:
        return ""
    return _NUMBER.sub("#", _BRACKETS.sub("#", expectation.refusal.reason))


def _remembered(test: Feature) -> Feature:
    # Several issues ask for one feature, and every target does: a feature may cost as much as running the case.
    known: dict[int, tuple[Case, bool]] = {}

    def answer(case: Case, expectation: Expectation) -> bool:
        kept = known.get(id(case))
        if kept is None:
            if len(known) >= REMEMBERED:
                known.clear()
            kept = known[id(case)] = (case, test(case, expectation))
        return kept[1]

    return answer


@lru_cache(maxsize=4096)
def test_of(name: str) -> Feature:
    """The test of the feature called `name` (`!name` for its absence). Raises ValueError for an unknown one."""
    if name.startswith("!"):
        there = test_of(name[1:])
        return lambda case, expectation: not there(case, expectation)
    kind, _, word = name.partition(":")
    if kind == "refusal":
        return lambda _, expectation: reason_of(expectation) == word
    if kind == "refused-with":
        return lambda _, expectation: expectation.refusal is not None and expectation.refusal.kind == word
    if kind == "dtype":
        return lambda case, _: (base := base_of(case)) is not None and word == base.dtype
    if kind == "rank":
        return lambda case, _: (base := base_of(case)) is not None and word == str(len(base.size))
    if name not in FEATURES:
        raise ValueError(f"feature {name!r}: wanted one of {', '.join(FEATURES)}")
    return _remembered(FEATURES[name])


def holds(name: str, case: Case, expectation: Expectation) -> bool:
    """Whether the feature called `name` (`!name` for its absence) holds. Raises ValueError for an unknown one."""
    return test_of(name)(case, expectation)


@lru_cache(maxsize=4096)
def _tests(when: tuple[str, ...]) -> tuple[Feature, ...]:
    return tuple([test_of(name) for name in when])


def matches(when: tuple[str, ...], case: Case, expectation: Expectation | None = None) -> bool:
    """Whether every feature of `when` holds; `expectation` saves asking the reference again.

    What holds of a call holds of the module that makes this one call.
    """
    module: Any = case
    if type(module) is ModuleCase and module.call is not None:
        case, expectation = module.call, None
    expectation = expect(case) if expectation is None else expectation
    # A plain loop: a run asks this of every case that agrees where an issue may show.
    for test in _tests(when):  # noqa: SIM110
        if not test(case, expectation):
            return False
    return True


__all__ = ["FEATURES", "MODULES", "base_of", "feature", "holds", "matches", "reason_of"]
