"""summary.json: what a run came to, in the stable outside format. Always: planned == the sum of the verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from viewproof import __version__
from viewproof.errors import UsageError
from viewproof.records.coverage import Coverage
from viewproof.records.findings import Finding, group_failures
from viewproof.records.model import VERDICTS, ChunkRecord, Tally
from viewproof.records.outdir import SUMMARY, write_json

#: Verdicts that make a run no evidence: exit status 3.
_NO_EVIDENCE = ("harness_error", "missing")
#: Verdicts that mean that torch does not conform: exit status 1.
_NOT_CONFORMING = ("fail", "crash", "timeout")


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """summary.json. Verdicts are counts by the word: of the run, and by operator, target and rule.

    `plan` is a hash of the plan, `cases` counts distinct case names, `planned` the verdicts that were to be had.
    `problems` are known issues that do not hold. `seconds` are of the wall; `checking_seconds` are summed over the
    workers and leave out start-up and case generation.
    """

    schema: Literal[1]
    viewproof: str
    torch: str
    device: str
    profile: str
    plan: str
    cases: int
    executions: int
    planned: int
    verdicts: dict[str, int]
    coverage: Coverage
    by_operator: dict[str, dict[str, int]]
    by_target: dict[str, dict[str, int]]
    by_rule: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    seconds: float
    checking_seconds: float


def build_summary(
    records: list[ChunkRecord],
    *,
    torch_version: str,
    device: str,
    profile: str,
    plan: str,
    seconds: float,
    coverage: Coverage,
    problems: Iterable[str] = (),
) -> Summary:
    """The summary of the records of every planned chunk."""
    verdicts = _zeros()
    by_operator: dict[str, dict[str, int]] = {}
    by_target: dict[str, dict[str, int]] = {}
    by_rule: dict[str, dict[str, int]] = {}
    planned = 0
    for record in records:
        of_operator = by_operator.setdefault(record.operator, _zeros())
        for tally in record.tallies:
            planned += tally.planned
            of_target = by_target.setdefault(tally.target, _zeros())
            of_rule = by_rule.setdefault(tally.rule, _zeros())
            for verdict, number in balanced(tally).items():
                for sums in (verdicts, of_operator, of_target, of_rule):
                    sums[verdict] += number
    return Summary(
        schema=1,
        viewproof=__version__,
        # torch.__version__ is of a subclass of str, which is no type of JSON.
        torch=str(torch_version),
        device=device,
        profile=profile,
        plan=plan,
        cases=len({signature for record in records for signature in record.signatures}),
        executions=sum(record.executions for record in records),
        planned=planned,
        verdicts=verdicts,
        coverage=coverage,
        by_operator=dict(sorted(by_operator.items())),
        by_target=dict(sorted(by_target.items())),
        by_rule=dict(sorted(by_rule.items())),
        findings=tuple(group_failures(records)),
        problems=tuple(problems),
        seconds=round(seconds, 3),
        checking_seconds=round(sum(record.checking_seconds for record in records), 3),
    )


def write_summary(folder: Path, summary: Summary) -> None:
    """Write summary.json into `folder`, whole or not at all."""
    write_json(folder / SUMMARY, msgspec.to_builtins(summary))


def read_summary(path: Path) -> Summary:
    """The summary in the file `path`; fields that this version does not know are left out of it.

    Raises UsageError, with one clear line, where the file is no summary of this schema.
    """
    try:
        summary = msgspec.json.decode(path.read_bytes(), type=Summary)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: wanted the {SUMMARY} of a finished run, of schema 1 ({error})") from error
    if not set(summary.verdicts) <= set(VERDICTS):
        raise UsageError(f"{path}: wanted verdicts among {', '.join(VERDICTS)}, got {', '.join(summary.verdicts)}")
    return summary


def _zeros() -> dict[str, int]:
    return dict.fromkeys(VERDICTS, 0)


def balanced(tally: Tally) -> dict[str, int]:
    """A tally's verdicts, with what has no result as `missing`. Raises ValueError if more are given than planned."""
    given = sum(tally.verdicts.values())
    if given > tally.planned:
        raise ValueError(f"tally {tally.target}/{tally.rule}: wanted at most {tally.planned} verdicts, got {given}")
    lacking = tally.planned - given
    return {**tally.verdicts, "missing": tally.verdicts.get("missing", 0) + lacking} if lacking else tally.verdicts


def exit_status(summary: Summary) -> int:
    """3 where the run is no evidence, else 1 where it does not conform, else 0."""
    if summary.planned == 0 or any(summary.verdicts.get(verdict) for verdict in _NO_EVIDENCE):
        return 3
    if summary.problems or any(summary.verdicts.get(verdict) for verdict in _NOT_CONFORMING):
        return 1
    return 0
