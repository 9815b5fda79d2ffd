"""Chooses the rules that apply to a case on a target, from the case's traits alone, before anything runs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from viewproof.contract.installed import find_rule, find_suite
from viewproof.contract.rule import Rule
from viewproof.contract.state import STATE
from viewproof.contract.target import Target
from viewproof.evidence.outputs import FACTS, facts_evidence
from viewproof.evidence.probe import Probe, Refused
from viewproof.evidence.subject import Subject, Traits
from viewproof.records.chunk import Chunk


class RuleSet:
    """The rules that apply to one execution, and the probes that they need of a session, in the target's order.

    `state` is that of the rules which is about what an execution leaves: no session is asked for it. `unseen` are
    those of the rules that have nothing to compare. Compared by identity.
    """

    __slots__ = (
        "_by_size", "_outlined", "_parted", "facts", "names", "places", "probes", "rules", "seeing", "state", "unseen",
    )  # fmt: skip

    def __init__(
        self, rules: tuple[Rule, ...], probes: tuple[Probe, ...], unseen: frozenset[str] = frozenset()
    ) -> None:
        self.rules = rules
        self.probes = probes
        self.names = tuple([probe.name for probe in probes])
        self.places = {name: place for place, name in enumerate(self.names)}
        self.unseen = unseen
        self.state = next((rule for rule in rules if rule.probe == STATE.name), None)
        #: Whether metadata is all that is asked: most executions.
        self.facts = probes == (FACTS,)
        #: The rules that can say themselves whether there is anything to compare.
        self.seeing = tuple([rule for rule in rules if rule.sees is not None])
        #: By the size of the one output, where it is no composite one: all that a rule on facts may look at.
        self._by_size: dict[tuple[int, ...], RuleSet] = {}
        self._outlined: dict[Any, RuleSet] = {}
        self._parted: dict[frozenset[str], RuleSet] = {}

    def expected(self, subject: Subject, word: str) -> Any:
        """The expected evidence: the data of each probe, or how the call is refused."""
        if self.facts:
            return facts_evidence(subject, word)
        if subject.traits.refused:
            return self.probes[0].expected(subject, word)
        return tuple([probe.expected(subject, word) for probe in self.probes])

    def parted(self, expected: Any) -> RuleSet:
        """The same rules, those told apart that have nothing to compare: the expected evidence says which."""
        if not self.seeing:
            return self
        if self.facts and type(expected) is tuple and len(expected[0]) == 1:
            only = expected[0][0]
            known = None if only[9] else self._by_size.get(only[0])
            if known is None:
                known = self._told_apart(self._unseen(expected))
                if not only[9]:
                    self._by_size[only[0]] = known
            return known
        if type(expected) is Refused:
            return self._told_apart(self._unseen(expected, refused=True))
        outlines = []
        for probe, one in zip(self.probes, expected, strict=True):
            if probe.outline is None:
                return self._told_apart(self._unseen(expected))
            outlines.append(probe.outline(one))
        key = tuple(outlines)
        known = self._outlined.get(key)
        if known is None:
            known = self._outlined[key] = self._told_apart(self._unseen(expected))
        return known

    def _unseen(self, expected: Any, *, refused: bool = False) -> frozenset[str]:
        places = self.places
        return frozenset([
            rule.name
            for rule in self.seeing
            if rule.sees is not None and not rule.sees(expected if refused else expected[places[rule.probe]])
        ])  # fmt: skip

    def _told_apart(self, unseen: frozenset[str]) -> RuleSet:
        if not unseen:
            return self
        known = self._parted.get(unseen)
        if known is None:
            known = self._parted[unseen] = RuleSet(self.rules, self.probes, unseen)
        return known


class Planner:
    """Says which of some rules apply to a case on a target. Computed once for equal traits, which are one object.

    `running` are all the rules of the suite that has the case. Where nothing but what an execution leaves is asked,
    they say whether there is an execution, and what of it is looked at.
    """

    def __init__(self, names: tuple[str, ...], running: tuple[str, ...] = ()) -> None:
        self.rules = [find_rule(name) for name in names]
        self.running = [find_rule(name) for name in running]
        self._known: dict[str, dict[Traits, RuleSet]] = {}
        self._sets: dict[tuple[Any, ...], RuleSet] = {}

    def on(self, target: Target) -> dict[Traits, RuleSet]:
        """What is known on a target already."""
        return self._known.setdefault(target.name, {})

    def rules_for(self, traits: Traits, target: Target) -> RuleSet:
        """The rules that apply to a case of these traits on `target`; none where it takes no such case."""
        known = self.on(target)
        found = known.get(traits)
        if found is None:
            takes = traits.kind in target.kinds and target.takes(traits)
            rules = _applying(self.rules, traits, target) if takes else ()
            asked = {rule.probe for rule in rules}
            if asked == {STATE.name}:
                asked = {rule.probe for rule in _applying(self.running, traits, target)}
                rules = rules if asked > {STATE.name} else ()
            probes = tuple([probe for probe in target.probes if probe.name in asked])
            found = known[traits] = self._sets.setdefault((rules, probes), RuleSet(rules, probes))
        return found


def _applying(rules: list[Rule], traits: Traits, target: Target) -> tuple[Rule, ...]:
    return tuple([
        rule for rule in rules
        if (probe := target.probe(rule.probe)) is not None and probe.given(traits) and rule.applies(traits)
    ])  # fmt: skip


@lru_cache(maxsize=64)
def planner_of(names: tuple[str, ...], running: tuple[str, ...] = ()) -> Planner:
    """The planner of these rules, one per process, so that its answers are kept for later chunks."""
    return Planner(names, running)


def planner_for(chunk: Chunk) -> Planner:
    """The planner of a chunk's rules."""
    return planner_of(chunk.rules, find_suite(chunk.suite).rules)
