"""Chooses the rules that apply to a case on a target, from the case's traits alone, before anything runs."""

from __future__ import annotations

from functools import lru_cache

from viewproof.contract.installed import find_rule
from viewproof.contract.rule import Rule
from viewproof.contract.target import Target
from viewproof.evidence.subject import Traits
from viewproof.running.session import FACTS


class RuleSet:
    """The rules that apply to one execution, and the probes that they need. Compared by identity.

    `glance` says that all of them hold wherever a glance (a comparison that only says whether everything agrees) does;
    `facts` says that comparing the tensors' metadata is enough for that.
    """

    __slots__ = ("facts", "glance", "probes", "rules")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.probes = frozenset([rule.probe for rule in rules])
        self.glance = all(rule.glanced for rule in rules)
        self.facts = self.glance and self.probes == FACTS


class Planner:
    """Says which of some rules apply to a case on a target. Computed once for equal traits, which are one object."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.rules = [find_rule(name) for name in names]
        self._known: dict[str, dict[Traits, RuleSet]] = {}
        self._sets: dict[tuple[Rule, ...], RuleSet] = {}

    def rules_for(self, traits: Traits, target: Target) -> RuleSet:
        """The rules that apply to a case of these traits on `target`; none where it takes no such case."""
        known = self._known.setdefault(target.name, {})
        found = known.get(traits)
        if found is None:
            takes = traits.kind in target.kinds and target.takes(traits)
            rules = tuple([rule for rule in self.rules if rule.applies(traits, target.name)]) if takes else ()
            found = known[traits] = self._sets.setdefault(rules, RuleSet(rules))
        return found


@lru_cache(maxsize=64)
def planner_of(names: tuple[str, ...]) -> Planner:
    """The planner of these rules, one per process, so that its answers are kept for later chunks."""
    return Planner(names)
