"""Chooses the rules that apply to a case on a target, from the case's traits alone, before anything runs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from viewproof.contract.installed import find_rule
from viewproof.contract.rule import Rule
from viewproof.contract.target import Target
from viewproof.evidence.probe import Probe, Refused
from viewproof.evidence.subject import Subject, Traits


class RuleSet:
    """The rules that apply to one execution, and the probes that they need, in the target's order.

    `unseen` are those of the rules that have nothing to compare. Compared by identity.
    """

    __slots__ = ("names", "places", "probes", "rules", "seeing", "unseen")

    def __init__(self, rules: tuple[Rule, ...], probes: tuple[Probe, ...], unseen: frozenset[str] = frozenset()) -> None:
        self.rules = rules
        self.probes = probes
        self.names = tuple([probe.name for probe in probes])
        self.places = {name: place for place, name in enumerate(self.names)}
        self.unseen = unseen
        #: The rules that can say themselves whether there is anything to compare.
        self.seeing = tuple([rule for rule in rules if rule.sees is not None])

    def expected(self, subject: Subject, word: str) -> Any:
        """The expected evidence: the data of each probe, or how the call is refused."""
        if len(self.probes) == 1:
            one = self.probes[0].expected(subject, word)
            return one if type(one) is Refused else (one,)
        return tuple([probe.expected(subject, word) for probe in self.probes])


class Planner:
    """Says which of some rules apply to a case on a target. Computed once for equal traits, which are one object."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.rules = [find_rule(name) for name in names]
        self._known: dict[str, dict[Traits, RuleSet]] = {}
        self._sets: dict[tuple[Any, ...], RuleSet] = {}

    def rules_for(self, traits: Traits, target: Target) -> RuleSet:
        """The rules that apply to a case of these traits on `target`; none where it takes no such case."""
        known = self._known.setdefault(target.name, {})
        found = known.get(traits)
        if found is None:
            takes = traits.kind in target.kinds and target.takes(traits)
            rules = tuple([
                rule for rule in self.rules
                if (probe := target.probe(rule.probe)) is not None and probe.given(traits) and rule.applies(traits)
            ]) if takes else ()  # fmt: skip
            asked = {rule.probe for rule in rules}
            probes = tuple([probe for probe in target.probes if probe.name in asked])
            found = known[traits] = self._sets.setdefault((rules, probes), RuleSet(rules, probes))
        return found

    def parted(self, subject: Subject, rules: RuleSet, expected: Any) -> RuleSet:
        """The same rules, those told apart that have nothing to compare on this subject: its expected evidence says."""
        if not rules.seeing:
            return rules
        found: RuleSet | None = subject.parted.get(rules)
        if found is None:
            refused = type(expected) is Refused
            places = rules.places
            unseen = frozenset([
                rule.name
                for rule in rules.seeing
                if rule.sees is not None and not rule.sees(expected if refused else expected[places[rule.probe]])
            ])  # fmt: skip
            if not unseen:
                found = rules
            else:
                key = (rules, unseen)
                kept = self._sets.get(key)
                if kept is None:
                    kept = self._sets[key] = RuleSet(rules.rules, rules.probes, unseen)
                found = kept
            subject.parted[rules] = found
        return found


@lru_cache(maxsize=64)
def planner_of(names: tuple[str, ...]) -> Planner:
    """The planner of these rules, one per process, so that its answers are kept for later chunks."""
    return Planner(names)
