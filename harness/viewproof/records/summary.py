"""summary.json: what a run came to, in the stable outside format. Always: planned == the sum of the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from viewproof import __version__
from viewproof.contract.state import RESTORED
from viewproof.records.counts import count
from viewproof.records.coverage import Coverage
from viewproof.records.findings import Finding, group_failures
from viewproof.records.model import LACKING, SEEN, VERDICTS, WRONG, ChunkRecord
from viewproof.records.outdir import SUMMARY, write_json
from viewproof.records.refused import unreadable
from viewproof.records.schemas import SCHEMA, to_newest
from viewproof.records.sealed import read_sealed

FAIL_FAST: Final = "fail-fast"
#: What may stop a run before all of its plan has been run.
Stop = Literal["", "SIGINT", "SIGTERM", "SIGHUP", "fail-fast"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """summary.json. Verdicts are counts by the word: of the run, and by operator, target and rule.

    `plan` is a hash of the plan; `shard` says as `I/N` which part of it was run, and is null where that is all of it,
    at once or merged: `coverage` and `problems` are those of the part.
    `cases` counts distinct case names, `executions` case x target, and `reused` those of them that take their evidence
    from the same execution for another suite. `planned` counts the verdicts that were to
    be had. It leaves out chunks that were not run because the run was `stopped`, by a signal (its name) or by
    `fail-fast`: `unrun` is their number, and 0 where `stopped` is empty. `problems` are known issues that do not hold.
    `seconds` are of the wall; `checking_seconds` are summed over the workers and leave out start-up and case
    generation. `journal` is the digest of journal.jsonl, its last line's link; empty in a summary of a version that
    kept none, and of `viewproof crossref`, which keeps no journal.
    """

    schema: Literal[2]
    viewproof: str
    torch: str
    device: str
    profile: str
    plan: str
    shard: str | None = None
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
    stopped: Stop = ""
    unrun: int = 0
    seconds: float
    checking_seconds: float
    journal: str = ""


class WrittenSummary(Summary, frozen=True, kw_only=True):
    """summary.json as it is written: a summary, and at its end `digest`, the SHA-256 of all that stands before it.

    It is over the file's bytes up to the comma before it. A file without one is of a version that wrote none.
    """

    digest: str = ""


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
    journal: str = "",
    stopped: Stop = "",
    unrun: int = 0,
    shard: str | None = None,
) -> Summary:
    """The summary of the records of a plan's chunks, or a `shard`'s, but for the `unrun` ones of a `stopped` run.

    `journal` is the last link of their journal.
    """
    counts = count(records)
    return Summary(
        schema=SCHEMA,
        viewproof=__version__,
        # torch.__version__ is of a subclass of str, which is no type of JSON.
        torch=str(torch_version),
        device=device,
        profile=profile,
        plan=plan,
        shard=shard,
        cases=counts.cases,
        executions=counts.executions,
        reused=counts.reused,
        planned=counts.planned,
        verdicts=counts.verdicts,
        coverage=coverage,
        by_operator=counts.by_operator,
        by_target=counts.by_target,
        by_rule=counts.by_rule,
        findings=tuple(group_failures(records)),
        problems=tuple(problems),
        stopped=stopped,
        unrun=unrun,
        seconds=round(seconds, 3),
        checking_seconds=round(sum(record.checking_seconds for record in records), 3),
        journal=journal,
    )


def write_summary(folder: Path, summary: Summary) -> None:
    """Write summary.json into `folder`, whole or not at all."""
    write_json(folder / SUMMARY, msgspec.to_builtins(summary))


class Read(NamedTuple):
    """A summary.json, its schema, and whether it has its digest.

    One of schema 1 says nothing of `reused`, `unseen` or `flaky`.
    """

    summary: Summary
    schema: int
    sealed: bool


def read_with_schema(path: Path) -> Read:
    """The summary in the file, of this schema or an older one; what this version does not know is left out.

    Whether it can be, and agrees with the journal, `records/directory.py` says. Raises UsageError, with one clear line,
    where the file is no summary, was edited, is of a schema that is not known, or counts verdicts by other words.
    """
    wanted = f"the {SUMMARY} of a finished run, of schema 1 or {SCHEMA}"
    content, data, sealed = read_sealed(path, wanted)
    try:
        schema = msgspec.json.decode(data, type=_Schema).schema
        return Read(msgspec.convert(to_newest(content, schema), Summary), schema, sealed)
    except ValueError as error:
        raise unreadable(path, wanted, error) from error


class _Schema(msgspec.Struct):
    schema: int


def seen(verdicts: Mapping[str, int]) -> int:
    """How many of the verdicts are on something that was looked at."""
    return sum(verdicts.get(word, 0) for word in SEEN)


def why_no_evidence(summary: Summary) -> str:
    """Why the run is no evidence, in words and with how many; empty where it is.

    It is none where a signal stopped it, where a verdict is missing or a harness error, where nothing was selected, and
    where no verdict was seen. One that stopped at its first failure has shown that. That nothing was selected or seen
    says nothing of a shard: more may be asked for than there is to deal out, and what its cases have to compare is the
    merged run's to say.
    """
    verdicts = summary.verdicts
    if summary.stopped not in {"", FAIL_FAST}:
        return how_stopped(summary)
    lacking = [_of(word, verdicts[word]) for word in LACKING if verdicts.get(word)]
    if lacking:
        return ", ".join(lacking)
    if summary.shard is not None:
        return ""
    if not summary.planned:
        return "nothing was selected"
    # That nothing was left changed is true of a run that compared nothing else.
    others = [counts for rule, counts in summary.by_rule.items() if rule != RESTORED]
    if not seen(verdicts) or (others and not any(map(seen, others))):
        given = ", ".join(_of(word, verdicts[word]) for word in VERDICTS if verdicts.get(word))
        return f"nothing was compared ({given or 'no verdict'})"
    return ""


def how_stopped(summary: Summary, chunks: int | None = None) -> str:
    """What stopped the run, and how many of its `chunks` were not run for that; empty where nothing did."""
    if not summary.stopped:
        return ""
    by = f"--{summary.stopped}" if summary.stopped == FAIL_FAST else summary.stopped
    of = "" if chunks is None else f" of {chunks:,}"
    one = summary.unrun == 1
    what = "chunk" if one and not of else "chunks"
    return f"stopped by {by}, {summary.unrun:,}{of} {what} {'was' if one else 'were'} not run"


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
