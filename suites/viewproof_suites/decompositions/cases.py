"""The samples of an overload: those kept as data, and for a view also a few calls from its generator."""

from __future__ import annotations

from collections.abc import Iterator

from viewproof.cases.model import Case
from viewproof.samples.cases import SampleCase
from viewproof_suites.decompositions.samples import samples_of
from viewproof_suites.decompositions.view_samples import view_samples

#: The family of an overload's samples.
SAMPLE = "sample"


def sample_cases(operator: str) -> Iterator[SampleCase]:
    """Every sample of an overload."""
    yield from samples_of(operator)
    yield from view_samples(operator)


def sample_calls(operator: str) -> list[Case]:
    """The calls of every sample of an overload."""
    return [case.call for case in sample_cases(operator)]


def sample_families(operator: str, profile: str) -> tuple[str, ...]:
    """The one family of all samples, which are not grouped by bases and are the same in every profile."""
    del operator, profile
    return (SAMPLE,)
