"""Finds known issues that are wrong: too wide for the fault, or not shown by a run that holds all their cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from viewproof.contract.known_issues import KnownIssue
from viewproof.contract.suite import Suite
from viewproof.generate.sweep import PROFILES
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord


def issue_problems(
    issues: Iterable[KnownIssue],
    records: Iterable[ChunkRecord],
    plan: Sequence[Chunk],
    suites: Mapping[str, Suite],
    torch_version: str,
) -> list[str]:
    """One line for each known issue that does not hold in this run."""
    shown: dict[str, int] = defaultdict(int)
    wide: dict[str, list[str]] = defaultdict(list)
    for record in records:
        for issue_id, number in record.issues_shown.items():
            shown[issue_id] += number
        for line in record.too_wide:
            issue_id, _, case = line.partition(": ")
            wide[issue_id].append(case)
    problems = [
        f"known issue {issue_id} is too wide: {len(cases)} matching case(s) conform, such as "
        f"{min(cases, key=lambda case: (len(case), case))}"
        for issue_id, cases in sorted(wide.items())
    ]
    device = plan[0].device if plan else "cpu"
    problems += [
        f"known issue {issue.id} did not show, and the plan holds all its cases"
        for issue in issues
        if not shown[issue.id]
        and not issue.unstable
        and issue.applies_here(torch_version, device)
        and _whole(issue, plan, suites)
    ]
    return problems


def _whole(issue: KnownIssue, plan: Sequence[Chunk], suites: Mapping[str, Suite]) -> bool:
    """Whether the plan runs every family that the suites of the issue have for its operators, targets and rules.

    False at a profile that is smaller than the issue's own, which has no case of it.
    """
    if not plan or PROFILES.index(plan[0].profile) < PROFILES.index(issue.profile):
        return False
    planned: set[tuple[str, str, str, str, str]] = set()
    for chunk in plan:
        if chunk.case is None and chunk.suite in issue.suites and chunk.operator in issue.operators:
            planned.update(
                (chunk.suite, chunk.operator, chunk.family, target, rule)
                for target in chunk.targets
                for rule in chunk.rules
            )
    wanted = {
        (name, operator, family, target, rule)
        for name in issue.suites
        if (suite := suites.get(name)) is not None
        for operator in issue.operators
        if operator in suite.operators()
        for family in suite.families(operator, plan[0].profile)
        for target in issue.targets
        if target in suite.on(operator, family, plan[0].profile)
        for rule in issue.rules
        if rule in suite.rules
    }
    return bool(wanted) and wanted <= planned
