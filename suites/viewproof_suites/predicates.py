"""What a known issue's `when` means: features of a case, by name, that hold together.

A feature is a fact of the case or of what the reference says of it, never of a result. `!name` is its absence. Some
take words: `refused-with:CLASS` (the reference refuses, with that exception class), `refusal:TEXT` (with that reason,
numbers and lists written as #), `dtype:WORD` and `rank:NUMBER` (of the first operand). The others are registered by
the modules of features/, each of which says in its first line what its features are about.
"""

from __future__ import annotations

import re

from viewproof.cases.model import Case
from viewproof.expectation import Expectation, expect
from viewproof_suites.features import (
    FEATURES,
    base_of,
    bits_fallback,
    causes,
    copies,
    feature,
    general,
    inverses,
    programs,
    python_view,
    scatters,
)

#: The modules whose features are registered by importing them.
MODULES = (general, causes, python_view, bits_fallback, copies, inverses, scatters, programs)

_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")
_NUMBER = re.compile(r"-?\d+")


def reason_of(expectation: Expectation) -> str:
    """The refusal's reason with lists and numbers as #; empty where the case is accepted."""
    if expectation.refusal is None:
        return ""
    return _NUMBER.sub("#", _BRACKETS.sub("#", expectation.refusal.reason))


def holds(name: str, case: Case, expectation: Expectation) -> bool:
    """Whether the feature called `name` (`!name` for its absence) holds. Raises ValueError for an unknown one."""
    if name.startswith("!"):
        return not holds(name[1:], case, expectation)
    kind, _, word = name.partition(":")
    if kind == "refusal":
        return reason_of(expectation) == word
    if kind == "refused-with":
        return expectation.refusal is not None and expectation.refusal.kind == word
    if kind in ("dtype", "rank"):
        base = base_of(case)
        return base is not None and word == (base.dtype if kind == "dtype" else str(len(base.size)))
    if name not in FEATURES:
        raise ValueError(f"feature {name!r}: wanted one of {', '.join(FEATURES)}")
    return FEATURES[name](case, expectation)


def matches(when: tuple[str, ...], case: Case, expectation: Expectation | None = None) -> bool:
    """Whether every feature of `when` holds; `expectation` saves asking the reference again."""
    expectation = expect(case) if expectation is None else expectation
    return all(holds(name, case, expectation) for name in when)


__all__ = ["FEATURES", "MODULES", "base_of", "feature", "holds", "matches", "reason_of"]
