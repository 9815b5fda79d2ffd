"""Suite `schemas`, level 5: observed aliasing and mutation compared with the annotations, for all of aten."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from viewproof.catalog.schemas import dispatched_names
from viewproof.contract.suite import Suite
from viewproof.samples.cases import SampleCase, SampledCase
from viewproof_suites.decompositions.cases import sample_cases, sample_families
from viewproof_suites.decompositions.samples import sampled_operators
from viewproof_suites.schemas.rules import RULES


@cache
def _dispatched() -> frozenset[str]:
    return frozenset(dispatched_names())


@cache
def sampled_here() -> tuple[str, ...]:
    """The overloads with a sample that the installed torch has."""
    return tuple([name for name in sampled_operators() if name in _dispatched()])


@cache
def without_sample() -> tuple[str, ...]:
    """The dispatched aten overloads without a sample: gaps, to be reported and closed."""
    return tuple(sorted(_dispatched() - set(sampled_operators())))


def _cases(operator: str, family: str, profile: str) -> Iterator[SampleCase | SampledCase]:
    del family, profile
    yield from sample_cases(operator)
    yield SampledCase(operator)


SCHEMAS = Suite(
    name="schemas",
    level=5,
    summary="what each aten operator aliases and writes, against what its schema says",
    operators=sampled_here,
    families=sample_families,
    cases=_cases,
    targets=("sampled",),
    rules=tuple(rule.name for rule in RULES),
    unsampled=without_sample,
)
