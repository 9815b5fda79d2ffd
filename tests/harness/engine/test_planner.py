"""Which rules are owed: those whose probe the target gives of such a case."""

from dataclasses import replace

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.engine.planner import Planner
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Probe
from viewproof.evidence.subject import subject_of

CASE = parse_case("aten.t.default(float32[2,3])")


def owed(probe):
    """The rules on layouts that are owed of CASE on meta, where that gives `facts` as `probe` says."""
    target = replace(find_target("meta"), name="meta-like", probes=(probe,))
    traits = subject_of(CASE, expect(CASE)).traits
    return [rule.name for rule in Planner(("layout.size", "alias.read")).rules_for(traits, target).rules]


def test_a_rule_whose_probe_the_target_lacks_is_not_owed():
    assert owed(Probe("facts", lambda subject, word: ())) == ["layout.size"]
    assert owed(Probe("another", lambda subject, word: ())) == []


def test_a_probe_that_the_target_gives_of_some_cases_is_owed_of_those():
    assert owed(Probe("facts", lambda subject, word: (), lambda traits: traits.strided)) == ["layout.size"]
    assert owed(Probe("facts", lambda subject, word: (), lambda traits: traits.grad)) == []
