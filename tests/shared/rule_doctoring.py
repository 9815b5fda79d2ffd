"""What the proofs of the rules share: a true observation, the clauses that it breaks, and how to falsify it."""

from __future__ import annotations

import warnings
from dataclasses import replace

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of


def seen(text, target="eager"):
    """A case's subject, what a target on the CPU shows of it, and the rules that apply."""
    case = parse_case(text)
    found = find_target(target)
    subject = subject_of(case, expect(case), found.device_word("cpu"))
    rules = [rule for rule in all_rules().values() if rule.applies(subject.traits, target)]
    with warnings.catch_warnings(action="ignore"), found.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset(rule.probe for rule in rules))
        session.flush()
    return subject, observation, rules


def failing(subject, observation, rules):
    """The names of the rules that the observation breaks."""
    return {rule.name for rule in rules if rule.check(subject, observation) is not None}


def doctored(observation, **changes):
    """The observation with fields of its first output changed."""
    return replace(observation, outputs=[replace(observation.outputs[0], **changes), *observation.outputs[1:]])
