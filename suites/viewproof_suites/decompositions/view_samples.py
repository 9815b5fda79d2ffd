"""Samples of the views, from the views' own generator: a few accepted calls on strided bases of every family."""

from __future__ import annotations

from functools import cache

from viewproof.cases.model import Case, TensorArgument
from viewproof.evidence.expectation import accepted_cases
from viewproof.samples.cases import SampleCase
from viewproof_suites.views.operators import swept_families, views

EACH = 3
"""How many calls of a family of bases are taken, spread over all that it has."""
_LOOKED_AT = 90


@cache
def view_samples(operator: str) -> tuple[SampleCase, ...]:
    """Samples of a view, none for other operators: calls on strided bases that are no views and need no gradient."""
    if operator not in views():
        return ()
    found: dict[Case, None] = {}
    for family in swept_families(operator, "quick"):
        calls: list[Case] = []
        for case in accepted_cases(operator, family, "quick"):
            if _plain(case):
                calls.append(case)
            if len(calls) == _LOOKED_AT:
                break
        for place in range(min(EACH, len(calls))):
            found[calls[place * len(calls) // EACH]] = None
    return tuple([SampleCase(case) for case in found])


def _plain(case: Case) -> bool:
    operands = [one for one in case.args if type(one) not in (int, bool, float, str, tuple) and one is not None]
    return not case.storages and all(type(one) is TensorArgument and not one.flags for one in operands)
