"""Makes verdicts: asks rules about evidence that differs, consults known issues, and counts the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any
from zlib import crc32

from viewproof.contract.known_issues import KnownIssue, issues_for
from viewproof.contract.rule import Difference, Rule
from viewproof.engine.answers import SAMPLED, Again, Answer, Sight, answer_of, flaky, judged
from viewproof.engine.planner import RuleSet
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk
from viewproof.records.model import VERDICTS, ChunkRecord, Failure, Tally
from viewproof.visible import visible

TOO_WIDE_KEPT = 20
"""How many conforming matches of one known issue a chunk writes down; the first is enough to fail the run."""


class ChunkVerdicts:
    """Collects one chunk's verdicts."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.issues = issues_for(chunk.suite, chunk.operator, chunk.device)
        #: Where among the executions of a chunk the first is that is looked at a second time.
        self.offset = crc32(chunk.name.encode("utf-8", "backslashreplace")) % SAMPLED
        self.failures: list[Failure] = []
        self.shown: Counter[str] = Counter()
        self.too_wide: list[str] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._targets: list[TargetVerdicts] = []

    def of(self, target: str) -> TargetVerdicts:
        """The verdicts on one target's executions, to be given."""
        found = TargetVerdicts(self, target)
        self._targets.append(found)
        return found

    def count(self, target: str, rule: str, verdict: str, number: int = 1) -> None:
        """Add to a tally."""
        self.counts[target, rule, verdict] += number

    def record(  # noqa: PLR0917  -- the fields of the record, in its order
        self, cases: int, refused: int, executions: int, signatures: list[int], checking: float, generating: float
    ) -> ChunkRecord:
        """The chunk's record. Raises AssertionError for an unknown verdict."""
        tallies: dict[tuple[str, str], Tally] = {}
        for (target, rule_name, verdict), number in self.counts.items():
            if verdict not in VERDICTS:
                raise AssertionError(f"verdict {verdict!r}: wanted one of {', '.join(VERDICTS)}")
            _add(tallies, target, rule_name, verdict, number)
        for one in self._targets:
            for asked, number in one.equal.items():
                for rule in asked.rules:
                    _add(tallies, one.target, rule.name, "unseen" if rule.name in asked.unseen else "pass", number)
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


def _add(tallies: dict[tuple[str, str], Tally], target: str, rule: str, verdict: str, number: int) -> None:
    tally = tallies.get((target, rule))
    if tally is None:
        tallies[target, rule] = Tally(target=target, rule=rule, planned=number, verdicts={verdict: number})
        return
    tally.planned += number
    tally.verdicts[verdict] = tally.verdicts.get(verdict, 0) + number


class TargetVerdicts:
    """The verdicts on one target's executions of a chunk."""

    def __init__(self, chunk_verdicts: ChunkVerdicts, target: str) -> None:
        self.chunk_verdicts = chunk_verdicts
        self.target = target
        self.issues = [
            issue
            for issue in chunk_verdicts.issues
            if target in issue.targets and not set(issue.rules).isdisjoint(chunk_verdicts.chunk.rules)
        ]
        #: How many executions were as expected in all that a set of rules asks.
        self.equal: Counter[RuleSet] = Counter()
        #: How many executions had nothing but waived failures.
        self.waived = 0

    def agree(self, subjects: Sequence[Subject], asked: Sequence[RuleSet], apart: Container[int] = ()) -> None:
        """Count executions that are as expected, a pass for each rule that had something to compare.

        Those at the places `apart` are left out: they are judged one by one.
        """
        self.equal.update([one for place, one in enumerate(asked) if place not in apart] if apart else asked)
        for issue in self.issues:
            # Most executions are asked the same.
            named: dict[RuleSet, str | None] = {}
            for place, (subject, one) in enumerate(zip(subjects, asked, strict=True)):
                if place in apart:
                    continue
                if one not in named:
                    named[one] = _first_of(issue, one.rules)
                self._check_width(issue, named[one], subject)

    def judge(  # noqa: PLR0917 -- the two sides, and what may be done about them
        self, subject: Subject, asked: RuleSet, expected: Any, sight: Sight, again: Again | None = None,
        chosen: bool = False,
    ) -> None:  # fmt: skip
        """Count a verdict of every rule that applies, from what was expected and seen.

        `again` runs the execution a second time, where something fails unwaived, or where it was `chosen`: a verdict
        that is not the same then is `flaky`. Raises AssertionError as `answer_of` does.
        """
        first = second = answer_of(subject, asked, expected, sight)
        if again is not None and (chosen or self._is_doubted(subject, asked, first)):
            second = answer_of(subject, asked, expected, again())
        held: list[Rule] = []
        evident = [rule for rule in asked.rules if judged(rule, asked)]
        if first.raised or second.raised:
            self._raised(subject, evident, first, second)
        else:
            held += [rule for rule in evident if not self._differs(subject, rule, first, second)]
        if asked.state is not None and not self._differs(subject, asked.state, first, second):
            held.append(asked.state)
        if len(held) == len(asked.rules):
            self.agree([subject], [asked])
            return
        for rule in held:
            self.chunk_verdicts.count(self.target, rule.name, "unseen" if rule.name in asked.unseen else "pass")
        for issue in self.issues:
            self._check_width(issue, _first_of(issue, held), subject)

    def sampled(self, number: int) -> bool:
        """Whether the waived failure of this number is run a second time: one in so many, as the chunk's name says."""
        return (number + self.chunk_verdicts.offset) % SAMPLED == 0

    def _is_doubted(self, subject: Subject, asked: RuleSet, first: Answer) -> bool:
        """Whether an execution is run again: where anything fails unwaived, and one in so many where all is waived."""
        failing = [rule for rule in asked.rules if rule.name in first.differences]
        if not failing:
            return False
        if not all(self._waiver(subject, rule, [first.differences[rule.name]]) for rule in failing):
            return True
        self.waived += 1
        return self.sampled(self.waived)

    def _differs(self, subject: Subject, rule: Rule, first: Answer, second: Answer) -> bool:
        """Count a verdict on a rule where one of two answers is not that it holds. Whether it was."""
        one, other = first.differences.get(rule.name), second.differences.get(rule.name)
        if one is None and other is None:
            return False
        self._fail(subject, rule, one, other)
        return True

    def _raised(self, subject: Subject, rules: Sequence[Rule], first: Answer, second: Answer) -> None:
        # An execution that raised fails all its rules, and is one finding, under the first of them; so is one that
        # raised in one of its two runs, unless in the other one nothing but later rules failed.
        if not rules:
            return
        leading = next(rule for rule in rules if rule.name in first.differences or rule.name in second.differences)
        verdict = self._fail(
            subject, leading, first.differences.get(leading.name), second.differences.get(leading.name)
        )
        for rule in rules:
            if rule is not leading:
                self.chunk_verdicts.count(self.target, rule.name, verdict)

    def _fail(self, subject: Subject, rule: Rule, first: Difference | None, second: Difference | None) -> str:
        shown = [one for one in (first, second) if one is not None]
        same = len({None if one is None else one.shape for one in (first, second)}) == 1
        difference = shown[0] if same else flaky(first, second)
        issue = self._waiver(subject, rule, shown)
        if issue is not None and not same and not issue.unstable:
            issue = None
        verdict = ("fail" if same else "flaky") if issue is None else "waived"
        chunk_verdicts = self.chunk_verdicts
        if issue is not None:
            chunk_verdicts.shown[issue.id] += 1
        chunk_verdicts.count(self.target, rule.name, verdict)
        chunk_verdicts.failures.append(
            Failure(
                suite=chunk_verdicts.chunk.suite,
                target=self.target,
                rule=rule.name,
                operator=subject.case.operator,
                case=subject.name,
                verdict=verdict,
                # A message of a kernel's among them may hold what no journal can, or what acts on its reader's screen.
                expected=visible(difference.expected, keep="\n\t"),
                observed=visible(difference.observed, keep="\n\t"),
                difference=visible(difference.shape, keep="\n\t"),
                known_issue=None if issue is None else issue.id,
            )
        )
        return verdict

    def _waiver(self, subject: Subject, rule: Rule, differences: Sequence[Difference]) -> KnownIssue | None:
        """The known issue that names the case, and each of these differences of the rule."""
        for issue in self.issues:
            if (
                rule.name in issue.rules
                and all(issue.difference == one.shape for one in differences)
                and issue.verdict == "fail"
                and issue.names(subject)
            ):
                return issue
        return None

    def _check_width(self, issue: KnownIssue, rule: str | None, subject: Subject) -> None:
        """Write down that an issue names a case on which the rule, one of its own, holds: one that shows every time."""
        too_wide = self.chunk_verdicts.too_wide
        if rule is not None and not issue.unstable and len(too_wide) < TOO_WIDE_KEPT and issue.names(subject):
            too_wide.append(f"{issue.id}: {self.target}/{rule}/{subject.name}")


def _first_of(issue: KnownIssue, rules: Iterable[Rule]) -> str | None:
    """The first of the rules that the issue is about; None where there is none."""
    return next((rule.name for rule in rules if rule.name in issue.rules), None)
