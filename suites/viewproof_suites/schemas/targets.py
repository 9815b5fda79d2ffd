"""Runs samples by the operator itself: which tensors share storage and which were written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.contract.target import Target
from viewproof.evidence.probe import Evidence
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.annotations import annotations_of
from viewproof.samples.build import build_sample
from viewproof.samples.cases import SampledCase
from viewproof.samples.run import SampleRun, run_sample
from viewproof_suites.decompositions.cases import sample_calls
from viewproof_suites.decompositions.targets import opener
from viewproof_suites.schemas.evidence import ALIASED, ALIASING, Aliased, aliasing_of


class SchemaTruthSession:
    """A session that runs samples of one operator: one, or all for the case on all."""

    def __init__(self, operator: str) -> None:
        self.operator = operator
        self.overload = resolve(operator)
        self.several = len(self.overload._schema.returns) > 1

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        """See `Session.observe`."""
        return [self._look(subject.case) for subject, _ in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: operands are made for each call."""
        return False

    def _look(self, case: Any) -> Evidence:
        """One execution of a sample; for the case on all samples, how often each annotated return is an alias."""
        if isinstance(case, SampledCase):
            return (self.over_all(),)
        ran = self.run(case.call)
        return (aliasing_of(self.operator, ran),) if ran.raised is None else ran.raised

    def run(self, call: Case) -> SampleRun:
        """One call of the operator."""
        return run_sample(self.overload, build_sample(call), self.several)

    def over_all(self) -> tuple[Aliased, ...]:
        """How often each annotated return is an alias over all samples that run; see `how_returns_alias`.

        One that raises fails as the case that it is.
        """
        runs = [ran for ran in map(self.run, sample_calls(self.operator)) if ran.raised is None]
        return how_returns_alias(self.operator, runs)


def how_returns_alias(operator: str, runs: list[SampleRun]) -> tuple[Aliased, ...]:
    """For each annotated return of `operator`: `always`, `for some samples`, `never`; by the returns' numbers.

    Samples in which the return is no tensor, or none at all, say nothing; where all are such, `no tensor`.
    """
    found = []
    for number, aliases in enumerate(annotations_of(operator).aliases):
        if not aliases:
            continue
        seen = [bool(one.shares) for ran in runs for one in ran.tensors if one.number == number]
        word = "always" if all(seen) else "for some samples" if any(seen) else "never"
        found.append(Aliased(f"return {number}", word if seen else "no tensor"))
    return tuple(found)


def _runs(traits: Traits) -> bool:
    return True


SAMPLED = Target(
    "sampled",
    "the operator itself on each of its samples: storages, bytes and geometry before and after",
    opener(SchemaTruthSession),
    _runs,
    (ALIASING, ALIASED),
    kinds=frozenset({"sample", "samples"}),
)
