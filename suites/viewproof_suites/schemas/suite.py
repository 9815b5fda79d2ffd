"""Suite `schemas`, level 5: aliasing and mutation as they are seen, against the annotations, for all of aten."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from viewproof.cases.samples import SampleCase, SampledCase
from viewproof.catalog.schemas import registered
from viewproof.suite import Suite
from viewproof_suites.decompositions import families
from viewproof_suites.samples import sampled_operators, samples_of
from viewproof_suites.view_samples import view_samples


@cache
def _dispatched() -> frozenset[str]:
    return frozenset([record.name for record in registered() if record.dispatched])


@cache
def sampled_here() -> tuple[str, ...]:
    """The overloads with a sample that the installed torch has."""
    return tuple([name for name in sampled_operators() if name in _dispatched()])


@cache
def absent_here() -> tuple[str, ...]:
    """The overloads with a sample that the installed torch lacks."""
    return tuple([name for name in sampled_operators() if name not in _dispatched()])


@cache
def without_sample() -> tuple[str, ...]:
    """The dispatched aten overloads without a sample: gaps, to be named and closed."""
    return tuple(sorted(_dispatched() - set(sampled_operators())))


def _cases(operator: str, family: str, profile: str) -> Iterator[SampleCase | SampledCase]:
    del family, profile
    yield from samples_of(operator)
    yield from view_samples(operator)
    yield SampledCase(operator)


SCHEMAS = Suite(
    name="schemas",
    level=5,
    summary="what each aten operator aliases and writes, against what its schema says",
    operators=sampled_here,
    families=families,
    cases=_cases,
    targets=("sampled",),
    rules=("schema.alias", "schema.returns-apart", "schema.mutation", "schema.alias-happens"),
    unsampled=without_sample,
)
