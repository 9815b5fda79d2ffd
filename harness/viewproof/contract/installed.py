"""The one seam where the harness looks up to the suites, by name and late, so that its imports never do."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache

from viewproof.cases.model import Case
from viewproof.expectation import expect
from viewproof.suite import Suite


@cache
def load_suites() -> dict[str, Suite]:
    """Every suite of the installed `viewproof_suites`, by name, in the order of their levels."""
    return {suite.name: suite for suite in importlib.import_module("viewproof_suites").SUITES}


def find_suite(name: str) -> Suite:
    """The suite called `name`. Raises ValueError, listing the names there are."""
    suites = load_suites()
    if name not in suites:
        raise ValueError(f"suite {name!r}: wanted one of {', '.join(suites)}")
    return suites[name]


def accepted_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The cases that the reference accepts: what the suite `views` runs."""
    for case in find_suite("views").cases(operator, family, profile):
        if expect(case).refusal is None:
            yield case
