"""What the proofs of rules on samples, tables and passes share: the evidence of a case, and what fails on it."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.engine.planner import Planner, RuleSet
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import Subject, subject_of


class Seen(NamedTuple):
    """A subject on a target: the rules that apply, and the evidence expected and observed, by the probes' names."""

    subject: Subject
    rules: RuleSet
    expected: dict[str, Any]
    observed: dict[str, Any] | Raised

    def with_(self, probe: str, data: Any) -> Seen:
        """The same, with other data of one probe observed."""
        return self._replace(observed={**self.observed, probe: data})


def seen(text: str, target: str, prefix: str = "") -> Seen:
    """What a target shows of a case on the CPU, asked by the rules whose names begin so."""
    case = parse_case(text)
    subject, found = subject_of(case, expect(case)), find_target(target)
    names = tuple(name for name in all_rules() if name.startswith(prefix))
    rules = Planner(names).rules_for(subject.traits, found)
    # Torch warns once of what it deprecates; the engine does not listen either.
    with warnings.catch_warnings(action="ignore"):
        expected = rules.expected(subject, found.device_word("cpu"))
        with found.open("cpu", case.operator) as session:
            (observed,) = session.observe([(subject, rules.names)])
    if not isinstance(observed, Raised):
        observed = dict(zip(rules.names, observed, strict=True))
    return Seen(subject, rules, dict(zip(rules.names, expected, strict=True)), observed)


def failing(one: Seen) -> set[str]:
    """The rules that fail. Where a rule fails evidence differs, and on equal evidence none does."""
    assert not isinstance(one.observed, Raised), one.observed
    found = {
        rule.name
        for rule in one.rules.rules
        if rule.check(one.expected[rule.probe], one.observed[rule.probe]) is not None
    }
    assert bool(found) is (one.expected != one.observed)
    return found


def unseen(one: Seen) -> set[str]:
    """The rules that have nothing to compare."""
    return {rule.name for rule in one.rules.rules if rule.sees is not None and not rule.sees(one.expected[rule.probe])}
