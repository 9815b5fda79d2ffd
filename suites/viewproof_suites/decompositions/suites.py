"""Suite `decompositions`, level 5: every entry of torch's decomposition tables against its operator, by samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from viewproof.contract.suite import Suite
from viewproof.samples.cases import SampleCase
from viewproof.samples.tables import all_entries
from viewproof_suites.decompositions.cases import sample_cases, sample_families
from viewproof_suites.decompositions.rules import RULES
from viewproof_suites.decompositions.samples import sampled_operators


@cache
def decomposed_operators() -> tuple[str, ...]:
    """The overloads of the installed torch's tables that have a sample."""
    entries = set(all_entries())
    return tuple([name for name in sampled_operators() if name in entries])


@cache
def without_sample() -> tuple[str, ...]:
    """The overloads of the tables that have no sample: gaps, to be reported and closed."""
    return tuple(sorted(set(all_entries()) - set(sampled_operators())))


def _cases(operator: str, family: str, profile: str) -> Iterator[SampleCase]:
    del family, profile
    yield from sample_cases(operator)


DECOMPOSITIONS = Suite(
    name="decompositions",
    level=5,
    summary="every decomposition against its operator: layout, values, aliasing, and what it ends in",
    operators=decomposed_operators,
    families=sample_families,
    cases=_cases,
    targets=("decomposed", "decomposed-export", "decomposed-meta", "meta-registered"),
    rules=tuple(rule.name for rule in RULES),
    unsampled=without_sample,
)
