"""Which suites judge a case that a query names, and why the others do not: from the case and the reference alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from viewproof.cases import parse_case
from viewproof.cases.kinds import kind_of
from viewproof.cases.scan import cut
from viewproof.contract.installed import find_target
from viewproof.contract.suite import Suite
from viewproof.engine.planner import planner_for
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Subject, subject_of
from viewproof.records.chunk import Chunk

#: The longest text in which an error says why no suite judges a case.
_LONGEST = 200


@lru_cache(maxsize=256)
def subject_named(call: str) -> Subject | None:
    """The subject of a case's name; None where no reference answers for its operator."""
    case = parse_case(call)
    try:
        return subject_of(case, expect(case))
    except KeyError:
        return None


def declined(suite: Suite, subject: Subject) -> str:
    """Why a suite does not judge a named case, in words; empty where it does."""
    traits = subject.traits
    kinds = {kind for name in suite.targets for kind in find_target(name).kinds}
    if traits.kind not in kinds:
        return f"no {traits.kind}"
    if suite.refused is not traits.refused:
        refusal = subject.expectation.refusal
        if refusal is not None:
            return f"accepted calls alone, and this one is refused ({refusal.kind}: {refusal.reason})"
        return "refused calls alone, and this one is accepted"
    return suite.declines(subject) if suite.declines is not None else ""


def owes(chunk: Chunk, subject: Subject) -> bool:
    """Whether a rule of the chunk applies to the case that it names, on one of its targets."""
    planner = planner_for(chunk)
    return any(planner.rules_for(subject.traits, find_target(name)).rules for name in chunk.targets)


def why_none(call: str, suites: Iterable[Suite]) -> str:
    """Why none of these suites judges the case called `call`, in one line: what each says that has such cases."""
    subject = subject_named(call)
    if subject is None:
        # Of a call, check_named has said so.
        case = parse_case(call)
        return f"case {call!r}: wanted a {kind_of(case)} of another operator, got {case.operator}"
    kind, operator = subject.traits.kind, subject.traits.operator
    said: dict[str, list[str]] = {}
    for suite in suites:
        if kind in {one for name in suite.targets for one in find_target(name).kinds}:
            why = declined(suite, subject) if operator in suite.operators() else f"no {kind} of {operator}"
            said.setdefault(why or "no rule that applies to it", []).append(suite.name)
    reasons = "; ".join([f"{', '.join(names)}: {why}" for why, names in said.items()])
    return f"case {call!r}: wanted one that a suite judges; {cut(reasons, _LONGEST) or f'those asked check no {kind}'}"
