"""Named samples that eager refuses: they say nothing of what else refuses them, and are no sample of the operator.

A sample is a call that its operator runs. One that stands in a suite's files and does not run is a fault of the file,
and fails. One that a query names is the user's: what its operator and all else refuse is wrong usage; where another
target accepts it, that alone is what the run is about. Calls are made here, which may end the process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from viewproof.catalog.overloads import resolve
from viewproof.contract.installed import find_suite, find_target
from viewproof.contract.target import Target
from viewproof.engine.judging_suites import subject_named
from viewproof.engine.plan import plan_hash
from viewproof.engine.planner import Planner, planner_of
from viewproof.engine.planning import Planned
from viewproof.errors import UsageError
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import Subject
from viewproof.generate.sweep import PROFILES
from viewproof.records.chunk import Chunk
from viewproof.running.settings import settings_kept
from viewproof.samples.build import build_sample
from viewproof.samples.run import run_sample

#: The kind of subject that is a sample, and how its names begin.
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class EagerRefusal:
    """How eager refuses a sample, as `class: first line`, and the targets that accept it."""

    message: str
    accepting: frozenset[str]


def names_samples(chunks: Iterable[Chunk]) -> bool:
    """Whether a query has named a sample among these chunks: by the text alone, so that no contract is imported."""
    return any(chunk.case is not None and chunk.case.startswith(f"{SAMPLE}(") for chunk in chunks)


def _sample_named(chunk: Chunk) -> Subject | None:
    subject = None if chunk.case is None else subject_named(chunk.case)
    return subject if subject is not None and subject.traits.kind == SAMPLE else None


def _stands_in_files(chunk: Chunk, subject: Subject) -> bool:
    """Whether the case that a chunk names is one that its suite has by itself, at any profile."""
    suite = find_suite(chunk.suite)
    return any(
        case == subject.case
        for profile in PROFILES
        for family in suite.families(chunk.operator, profile)
        for case in suite.cases(chunk.operator, family, profile)
    )


def _refusal(subject: Subject, device: str, targets: Iterable[str], planner: Planner) -> EagerRefusal | None:
    """How eager refuses a sample, and which of the targets accept it; None where it runs."""
    case: Any = subject.case
    overload = resolve(case.operator)
    with warnings.catch_warnings(action="ignore"):
        with settings_kept():
            ran = run_sample(overload, build_sample(case.call), len(overload._schema.returns) > 1)
        if ran.raised is None:
            return None
        accepting = [name for name in targets if _accepts(find_target(name), subject, device, planner)]
    return EagerRefusal(f"{ran.raised.classes[0]}: {ran.raised.message}", frozenset(accepting))


def _accepts(target: Target, subject: Subject, device: str, planner: Planner) -> bool:
    names = planner.rules_for(subject.traits, target).names
    if not names:
        return False
    with settings_kept(), target.open(device, subject.case.operator) as session:
        (seen,) = session.observe([(subject, names)])
    return not isinstance(seen, Raised)


def without_refused(planned: Planned) -> Planned:
    """The plan; of a named sample that eager refuses, on the targets alone that accept it. Makes the calls.

    One that stands in a suite's files is left as it is: there it is a failure, so by its name too. Raises UsageError
    where no target accepts another, with what eager says.
    """
    known: dict[str, EagerRefusal | None] = {}
    chunks: list[Chunk] = []
    for chunk in planned.chunks:
        subject = _sample_named(chunk)
        if subject is None or chunk.case is None or _stands_in_files(chunk, subject):
            chunks.append(chunk)
            continue
        if chunk.case not in known:
            of_case = [one for one in planned.chunks if one.case == chunk.case]
            targets = dict.fromkeys([name for one in of_case for name in one.targets])
            rules = tuple(dict.fromkeys([rule for one in of_case for rule in one.rules]))
            running = tuple(dict.fromkeys([rule for one in of_case for rule in find_suite(one.suite).rules]))
            known[chunk.case] = _refusal(subject, chunk.device, targets, planner_of(rules, running))
        refusal = known[chunk.case]
        if refusal is None:
            chunks.append(chunk)
            continue
        if not refusal.accepting:
            raise UsageError(f"case {chunk.case!r}: wanted a call that {chunk.operator} accepts; eager refuses it "
                             f"({refusal.message[:150]})")  # fmt: skip
        accepting = tuple([name for name in chunk.targets if name in refusal.accepting])
        if accepting:
            chunks.append(msgspec.structs.replace(chunk, targets=accepting))
    return msgspec.structs.replace(planned, chunks=tuple(chunks), hash=plan_hash(chunks))
