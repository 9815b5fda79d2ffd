"""Verdicts: rules asked about observations, known issues consulted, everything counted."""

from __future__ import annotations

from collections import Counter

from viewproof.cases import format_case
from viewproof.engine.chunk import Chunk
from viewproof.engine.known_issues import KnownIssue, issues_for
from viewproof.observation import Observation
from viewproof.records.model import VERDICTS, ChunkRecord, Failure, Tally
from viewproof.rules import Difference, Rule, Subject

TOO_WIDE_KEPT = 20
"""How many conforming matches of one known issue a chunk writes down; the first is enough to fail the run."""


class Owed:
    """The rules that one execution owes verdicts on, and the probes that they need. Compared by identity."""

    __slots__ = ("probes", "rest", "rules")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.rest = tuple([rule for rule in rules if not rule.by_facts])
        self.probes = frozenset([rule.probe for rule in rules])


class Judge:
    """Collects one chunk's verdicts."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.issues = issues_for(chunk.suite, chunk.operator, chunk.device)
        self.failures: list[Failure] = []
        self.shown: Counter[str] = Counter()
        self.too_wide: list[str] = []
        self._passed: dict[tuple[str, Owed], int] = {}
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def count(self, target: str, rule: str, verdict: str, number: int = 1) -> None:
        """Add to a tally."""
        self._counts[(target, rule, verdict)] += number

    def judge(self, target: str, subject: Subject, owed: Owed, observation: Observation) -> None:
        """Give every rule that is owed its verdict on what was observed."""
        if observation.error is not None and not subject.traits.refused:
            self._raised(target, subject, owed.rules, observation.error)
            return
        rules = owed.rest if self._same_facts(subject, observation) else owed.rules
        differences = [
            (rule, difference) for rule in rules if (difference := rule.check(subject, observation)) is not None
        ]
        if not differences and not self.issues:
            key = (target, owed)
            self._passed[key] = self._passed.get(key, 0) + 1
            return
        failed = dict(differences)
        for rule in owed.rules:
            difference = failed.get(rule)
            if difference is None:
                self.count(target, rule.name, "pass")
                self._check_width(target, subject, rule)
            else:
                self._fail(target, subject, rule, difference)

    @staticmethod
    def _same_facts(subject: Subject, observation: Observation) -> bool:
        outputs = observation.outputs
        expected = subject.expected_facts
        if len(outputs) != len(expected):
            return False
        # A plain loop: this runs once an execution, and a generator would cost as much as the comparison.
        for output, facts in zip(outputs, expected, strict=True):  # noqa: SIM110
            if output.facts != facts:
                return False
        return True

    def _raised(
        self, target: str, subject: Subject, planned: tuple[Rule, ...], error: tuple[tuple[str, ...], str]
    ) -> None:
        # One execution that raised is one finding, filed under the first rule that it owed; all its rules fail.
        classes, message = error
        difference = Difference("accepted", f"{classes[0]}: {message[:200]}", f"raises {classes[0]}")
        verdict = self._fail(target, subject, planned[0], difference)
        for rule in planned[1:]:
            self.count(target, rule.name, verdict)

    def _fail(self, target: str, subject: Subject, rule: Rule, difference: Difference) -> str:
        issue = self._waiver(target, subject, rule, difference)
        verdict = "fail" if issue is None else "waived"
        if issue is not None:
            self.shown[issue.id] += 1
        self.count(target, rule.name, verdict)
        self.failures.append(
            Failure(
                suite=self.chunk.suite,
                target=target,
                rule=rule.name,
                operator=subject.case.operator,
                case=format_case(subject.case),
                verdict=verdict,
                expected=difference.expected,
                observed=difference.observed,
                difference=difference.shape,
                known_issue=None if issue is None else issue.id,
            )
        )
        return verdict

    def _waiver(self, target: str, subject: Subject, rule: Rule, difference: Difference) -> KnownIssue | None:
        for issue in self.issues:
            if (
                target in issue.targets
                and rule.name in issue.rules
                and issue.difference == difference.shape
                and issue.verdict == "fail"
                and issue.matches(subject.case)
            ):
                return issue
        return None

    def _check_width(self, target: str, subject: Subject, rule: Rule) -> None:
        for issue in self.issues:
            if target in issue.targets and rule.name in issue.rules and issue.matches(subject.case):
                if len(self.too_wide) < TOO_WIDE_KEPT:
                    self.too_wide.append(f"{issue.id}: {target}/{rule.name}/{format_case(subject.case)}")

    def record(  # noqa: PLR0917  -- the fields of the record, in its order
        self, cases: int, refused: int, executions: int, signatures: list[int], checking: float, generating: float
    ) -> ChunkRecord:
        """The chunk's record. Raises AssertionError where a verdict has no word of ours."""
        for (target, owed), number in self._passed.items():
            for rule in owed.rules:
                self.count(target, rule.name, "pass", number)
        self._passed.clear()
        tallies: dict[tuple[str, str], Tally] = {}
        for (target, rule_name, verdict), number in self._counts.items():
            if verdict not in VERDICTS:
                raise AssertionError(f"verdict {verdict!r}: wanted one of {', '.join(VERDICTS)}")
            tally = tallies.setdefault(
                (target, rule_name), Tally(target=target, rule=rule_name, planned=0, verdicts={})
            )
            tally.planned += number
            tally.verdicts[verdict] = tally.verdicts.get(verdict, 0) + number
        return ChunkRecord(
            chunk=self.chunk.name,
            suite=self.chunk.suite,
            operator=self.chunk.operator,
            family=self.chunk.family,
            cases=cases,
            accepted=cases - refused,
            executions=executions,
            tallies=list(tallies.values()),
            failures=self.failures,
            signatures=signatures,
            issues_shown=dict(self.shown),
            too_wide=self.too_wide,
            checking_seconds=checking,
            generating_seconds=generating,
        )
