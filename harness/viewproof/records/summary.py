"""summary.json: what a run came to, in the stable outside format. Always: planned == the sum of the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from viewproof import __version__
from viewproof.errors import UsageError
from viewproof.records.coverage import Coverage
from viewproof.records.findings import Finding, group_failures
from viewproof.records.model import LACKING, SEEN, VERDICTS, WRONG, ChunkRecord, Tally
from viewproof.records.outdir import SUMMARY, write_json
from viewproof.records.schemas import SCHEMA, counted, to_newest


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """summary.json. Verdicts are counts by the word: of the run, and by operator, target and rule.

    `plan` is a hash of the plan, `cases` counts distinct case names, `executions` case x target, and `reused` those of
    them that take their evidence from the same execution for another suite. `planned` counts the verdicts that were to
    be had. `problems` are known issues that do not hold. `seconds` are of the wall; `checking_seconds` are summed over
    the workers and leave out start-up and case generation.
    """

    schema: Literal[2]
    viewproof: str
    torch: str
    device: str
    profile: str
    plan: str
    cases: int
    executions: int
    reused: int
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
    verdicts = counted({})
    by_operator: dict[str, dict[str, int]] = {}
    by_target: dict[str, dict[str, int]] = {}
    by_rule: dict[str, dict[str, int]] = {}
    planned = 0
    for record in records:
        of_operator = by_operator.setdefault(record.operator, counted({}))
        for tally in record.tallies:
            planned += tally.planned
            of_target = by_target.setdefault(tally.target, counted({}))
            of_rule = by_rule.setdefault(tally.rule, counted({}))
            for verdict, number in balanced(tally).items():
                for sums in (verdicts, of_operator, of_target, of_rule):
                    sums[verdict] += number
    return Summary(
        schema=SCHEMA,
        viewproof=__version__,
        # torch.__version__ is of a subclass of str, which is no type of JSON.
        torch=str(torch_version),
        device=device,
        profile=profile,
        plan=plan,
        cases=len({signature for record in records for signature in record.signatures}),
        executions=sum(record.executions for record in records),
        reused=sum(record.reused for record in records),
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
    """The summary in the file `path`, of this schema or an older one; what this version does not know is left out.

    Raises UsageError, with one clear line, where the file is no summary, is of a schema that is not known, or counts
    verdicts by other words.
    """
    return read_with_schema(path)[0]


def read_with_schema(path: Path) -> tuple[Summary, int]:
    """`read_summary`, and the file's schema: one of schema 1 says nothing of `reused`, `unseen` or `flaky`."""
    try:
        content = path.read_bytes()
        schema = msgspec.json.decode(content, type=_Schema).schema
        fields = to_newest(msgspec.json.decode(content, type=dict[str, object]), schema)
        return msgspec.convert(fields, Summary), schema
    except (OSError, ValueError) as error:
        wanted = f"the {SUMMARY} of a finished run, of schema 1 or {SCHEMA}"
        raise UsageError(f"{path}: wanted {wanted} ({error})") from error


class _Schema(msgspec.Struct):
    schema: int


def balanced(tally: Tally) -> dict[str, int]:
    """A tally's verdicts, with what has no result as `missing`. Raises ValueError if more are given than planned."""
    given = sum(tally.verdicts.values())
    if given > tally.planned:
        raise ValueError(f"tally {tally.target}/{tally.rule}: wanted at most {tally.planned} verdicts, got {given}")
    lacking = tally.planned - given
    return {**tally.verdicts, "missing": tally.verdicts.get("missing", 0) + lacking} if lacking else tally.verdicts


def seen(verdicts: Mapping[str, int]) -> int:
    """How many of the verdicts are on something that was looked at."""
    return sum(verdicts.get(word, 0) for word in SEEN)


def why_no_evidence(summary: Summary) -> str:
    """Why the run is no evidence, in words and with how many; empty where it is.

    It is none where a verdict is missing or a harness error, where nothing was selected, and where no verdict was seen.
    """
    verdicts = summary.verdicts
    lacking = [_of(word, verdicts[word]) for word in LACKING if verdicts.get(word)]
    if lacking:
        return ", ".join(lacking)
    if not summary.planned:
        return "nothing was selected"
    if not seen(verdicts):
        given = ", ".join(_of(word, verdicts[word]) for word in VERDICTS if verdicts.get(word))
        return f"nothing was compared ({given or 'no verdict'})"
    return ""


def _of(word: str, number: int) -> str:
    plural = "s" if word == "harness_error" and number != 1 else ""
    return f"{number:,} {word.replace('_', ' ')}{plural}"


def exit_status(summary: Summary) -> int:
    """3 where the run is no evidence, else 1 where it does not conform, else 0."""
    if why_no_evidence(summary):
        return 3
    if summary.problems or any(summary.verdicts.get(verdict) for verdict in WRONG):
        return 1
    return 0
