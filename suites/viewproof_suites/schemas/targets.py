"""Runs samples by the operator itself: which tensors share storage and which were written."""

from __future__ import annotations

from typing import Any

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.contract.target import Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.annotations import annotations_of
from viewproof.samples.build import build_sample
from viewproof.samples.cases import SampledCase
from viewproof.samples.run import SampleRun, run_sample
from viewproof_suites.decompositions.cases import sample_calls
from viewproof_suites.decompositions.targets import opener
from viewproof_suites.schemas.answers import AliasAnswers, SampleAnswers


class SchemaTruthSession:
    """A session that runs samples of one operator: one, or all for the case on all."""

    def __init__(self, operator: str) -> None:
        self.operator = operator
        self.overload = resolve(operator)
        self.several = len(self.overload._schema.returns) > 1

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """One execution of a sample; for the case on all samples, how often each annotated return is an alias."""
        case: Any = subject.case
        if isinstance(case, SampledCase):
            return Observation([], answers=AliasAnswers(self.over_all()))
        ran = self.run(case.call)
        if ran.error:
            return Observation([], ((ran.error,), ran.message))
        return Observation([], answers=SampleAnswers(ran))

    def run(self, call: Case) -> SampleRun:
        """One call of the operator."""
        return run_sample(self.overload, build_sample(call), self.several)

    def over_all(self) -> dict[str, str]:
        """How often each annotated return is an alias over all samples that run; see `how_returns_alias`."""
        runs = [ran for ran in map(self.run, sample_calls(self.operator)) if not ran.error]
        return how_returns_alias(self.operator, runs)

    def flush(self) -> None:
        """Nothing to do: `observe` completes each observation."""


def how_returns_alias(operator: str, runs: list[SampleRun]) -> dict[str, str]:
    """For each annotated return of `operator`: `always`, `for some samples`, `never`; by the returns' numbers.

    Samples in which the return is no tensor, or none at all, say nothing; where all are such, `no tensor`.
    """
    found: dict[str, str] = {}
    for number, aliases in enumerate(annotations_of(operator).aliases):
        if not aliases:
            continue
        seen = [bool(one.shares) for ran in runs for one in ran.tensors if one.number == number]
        word = "always" if all(seen) else "for some samples" if any(seen) else "never"
        found[f"return {number}"] = word if seen else "no tensor"
    return found


def _runs(traits: Traits) -> bool:
    return True


SAMPLED = Target(
    "sampled",
    "the operator itself on each of its samples: storages, bytes and geometry before and after",
    opener(SchemaTruthSession),
    _runs,
    kinds=frozenset({"sample", "samples"}),
)
