"""What the proofs of the rules share: true evidence, the clauses that it breaks, and how to falsify it."""

from __future__ import annotations

import warnings
from typing import NamedTuple

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.contract.state import RESTORED
from viewproof.engine.planner import RuleSet
from viewproof.evidence.expectation import expect
from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import subject_of


class Seen(NamedTuple):
    """A case's subject, the rules that apply on a target, and its evidence: expected and observed, by probe."""

    subject: object
    rules: list
    expected: dict
    observed: dict

    def with_(self, probe, data):
        """The same, the observed data of one probe replaced."""
        return self._replace(observed={**self.observed, probe: data})

    def failing(self, names=None):
        """The names of the rules that the observed evidence breaks."""
        return {
            rule.name
            for rule in self.rules
            if (names is None or rule.name in names)
            and rule.check(self.expected[rule.probe], self.observed[rule.probe]) is not None
        }

    def check(self, name):
        """What the rule called so says."""
        rule = all_rules()[name]
        return rule.check(self.expected[rule.probe], self.observed[rule.probe])


def subject(text):
    """The subject of the case written so."""
    case = parse_case(text)
    return subject_of(case, expect(case))


def observe(target, *texts, probes=("facts",), change=None):
    """The evidence of cases of one operator, in one session; `change` may put another call into it."""
    found = find_target(target) if isinstance(target, str) else target
    subjects = [subject(text) if isinstance(text, str) else text for text in texts]
    with warnings.catch_warnings(action="ignore"), found.open("cpu", subjects[0].case.operator) as session:
        if change is not None:
            session.builder.forget()
            session.call = change
        return session.observe([(one, tuple(probes)) for one in subjects])


def seen(text, target="eager", probes=None, change=None):
    """A case's evidence on a target on the CPU, and the rules that apply; of all the probes that these need.

    What an execution leaves is no evidence of a session's: the engine looks at it.
    """
    found = find_target(target)
    one = subject(text)
    rules = [
        rule
        for rule in all_rules().values()
        if found.probe(rule.probe) is not None
        and rule.name != RESTORED
        and rule.applies(one.traits)
        and (probes is None or rule.probe in probes)
    ]
    asked = [probe for probe in found.probes if probe.name in {rule.probe for rule in rules}]
    names = [probe.name for probe in asked]
    expected = RuleSet((), tuple(asked)).expected(one, found.device_word("cpu"))
    (observed,) = observe(found, one, probes=names, change=change)
    if one.traits.refused:
        return Seen(one, rules, {"facts": expected}, {"facts": observed if type(observed) is Raised else observed[0]})
    if type(observed) is Raised:
        return Seen(one, rules, dict(zip(names, expected, strict=True)), {"raised": observed})
    return Seen(one, rules, dict(zip(names, expected, strict=True)), dict(zip(names, observed, strict=True)))


def facts(data):
    """Outputs as `OutputFacts`."""
    return tuple([OutputFacts._make(one) for one in data])


def first(data, **changes):
    """Outputs, or whatever is told one by one, with fields of the first changed."""
    one = data[0] if hasattr(data[0], "_replace") else OutputFacts._make(data[0])
    return (one._replace(**changes), *data[1:])
