"""Gathers one item's share of a run's records: its verdicts, its findings, and known issues that do not hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache

import msgspec
import pytest

from viewproof.contract.installed import own_suites
from viewproof.contract.known_issues import KnownIssue, issues_for, own_issues
from viewproof.pytest_plugin.journal import RunJournal, SuiteOperator
from viewproof.pytest_plugin.key import Key
from viewproof.records.counts import balanced
from viewproof.records.findings import Finding, group_failures
from viewproof.records.model import ChunkRecord, Failure
from viewproof.records.summary import seen

#: Verdicts with which an item does not fail.
_GOOD = frozenset({"pass", "waived", "unsupported", "unseen"})
_SELECTED = pytest.StashKey[frozenset[Key]]()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One item's share of a run. `problems` are lines on known issues that are too wide or no longer show."""

    planned: int
    verdicts: Counter[str]
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]

    @property
    def wrong(self) -> bool:
        """Whether the item fails."""
        return bool(self.problems) or any(self.verdicts[word] for word in self.verdicts if word not in _GOOD)

    @property
    def blind(self) -> bool:
        """Whether verdicts were planned and none of them is on something that was looked at."""
        return self.planned > 0 and not seen(self.verdicts)

    @property
    def waived(self) -> list[str]:
        """The known issues that waive some of the verdicts, each once."""
        named = [finding.known_issue or "?" for finding in self.findings if finding.verdict == "waived"]
        return list(dict.fromkeys(named)) or (["?"] if self.verdicts["waived"] else [])


def outcome_of(key: Key, journal: RunJournal, session: pytest.Session) -> Outcome:
    """The outcome of the item `key`; waits for its records, and for others, to learn whether a known issue shows.

    Raises EngineGone where they will not come.
    """
    share = _share(journal, SuiteOperator(key.suite, key.operator))
    verdicts = share.verdicts[key.target, key.rule]
    problems = _problems(key, share, journal, session)
    return Outcome(verdicts.total(), verdicts, share.findings(key, verdicts), problems)


class _Share:
    """What the records of one operator in a suite say, by target and rule."""

    def __init__(self, records: list[ChunkRecord]) -> None:
        self.verdicts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.too_wide: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        self._findings: dict[str, list[Finding]] = {}
        self._any = records[0] if records else None
        for record in records:
            for tally in record.tallies:
                self.verdicts[tally.target, tally.rule].update(balanced(tally))
            for failure in record.failures:
                self._failures[failure.target].append(failure)
            for line in record.too_wide:
                issue, _, place = line.partition(": ")
                target, rule, case = place.split("/", 2)
                self.too_wide[target, rule].append(
                    f"known issue {issue} is too wide: it matches {case}, which conforms"
                )

    def findings(self, key: Key, verdicts: Counter[str]) -> tuple[Finding, ...]:
        """The item's findings, and those of its target where its verdicts were filed under another rule."""
        unsaid = {word for word, number in verdicts.items() if number and word != "pass"}
        if not unsaid or self._any is None:
            return ()
        if key.target not in self._findings:
            of_target = msgspec.structs.replace(self._any, failures=self._failures[key.target])
            self._findings[key.target] = group_failures([of_target])
        findings = self._findings[key.target]
        own = [finding for finding in findings if finding.rule == key.rule]
        unsaid -= {finding.verdict for finding in own}
        # A call that raised, or died, is one finding under the first of its rules, and a verdict of each rule.
        return tuple(own + [one for one in findings if one.rule != key.rule and one.verdict in unsaid])


@lru_cache(maxsize=8)
def _share(journal: RunJournal, subject: SuiteOperator) -> _Share:
    return _Share(journal.records(subject))


def _problems(key: Key, share: _Share, journal: RunJournal, session: pytest.Session) -> tuple[str, ...]:
    problems = list(share.too_wide.get((key.target, key.rule), ()))
    for issue in _issues(key.suite, key.operator, _device(session)):
        if key.target in issue.targets and key.rule in issue.rules and not issue.unstable:
            keys = _named(issue.id)
            subjects = list(dict.fromkeys(SuiteOperator(one.suite, one.operator) for one in keys))
            if keys <= _selected(session) and not journal.shows(issue.id, subjects):
                problems.append(f"[XPASS(strict)] known issue {issue.id} did not show, and every item of it was run")
    return tuple(problems)


@lru_cache(maxsize=64)
def _issues(suite: str, operator: str, device: str) -> tuple[KnownIssue, ...]:
    return tuple(issues_for(suite, operator, device))


def _device(session: pytest.Session) -> str:
    from viewproof.pytest_plugin.session_options import WANTED

    return session.config.stash[WANTED].device


def _selected(session: pytest.Session) -> frozenset[Key]:
    """The keys of the session's items; under xdist every worker has all of them."""
    known = session.stash.get(_SELECTED, None)
    if known is None:
        known = frozenset([key for item in session.items if isinstance(key := getattr(item, "key", None), Key)])
        session.stash[_SELECTED] = known
    return known


@cache
def _named(issue_id: str) -> frozenset[Key]:
    """Every item that a known issue names."""
    (issue,) = [one for one in own_issues() if one.id == issue_id]
    return frozenset(
        [
            Key(name, operator, target, rule)
            for name, suite in own_suites().items()
            if name in issue.suites
            for operator in set(issue.operators).intersection(suite.operators())
            for target in suite.targets
            if target in issue.targets
            for rule in suite.rules
            if rule in issue.rules
        ]
    )
