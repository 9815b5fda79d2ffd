"""Reads a run directory whole, and proves that its files agree: one that was edited or torn is refused by name.

Everything that shows, compares or renders a finished run reads it here. A run that goes on has no summary yet; what is
there of it is read here too, and the engine compares its records with what their chunks owe.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewproof import __version__
from viewproof.errors import UsageError
from viewproof.records.agreement import why_not_of, why_unsound
from viewproof.records.journal import Kept, read_journal
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import JOURNAL, RUN, SUMMARY
from viewproof.records.refused import not_understood, refused
from viewproof.records.run_json import RunFacts, RunFile, read_run
from viewproof.records.summary import Read, Summary, read_with_schema


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A finished run: `run` is run.json's content, and `facts` what is read of it by name.

    `records` is None where the run keeps no journal: one of `viewproof crossref`, or a summary.json that was published
    alone (then `run` is empty). `schema` is the summary's. `sealed` says that its files have digests.
    """

    path: Path
    run: dict[str, Any]
    facts: RunFacts
    summary: Summary
    schema: int
    records: list[ChunkRecord] | None
    sealed: bool


def read_directory(path: Path) -> RunDirectory:
    """The finished run in the directory `path`.

    Raises UsageError, with the file, its line where there is one, what was wanted and what was got, where a file cannot
    be read, was edited, cannot be what a run writes, or says otherwise than another one.
    """
    with _uncollected():
        return _read(path)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No collection of cycles: records have none, and looking for some among a million objects takes the most time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(path: Path) -> RunDirectory:
    found = _summary(path / SUMMARY)
    journal = path / JOURNAL
    if not (path / RUN).exists() and not journal.exists():
        return RunDirectory(path, {}, RunFacts(), found.summary, found.schema, None, found.sealed)
    run = read_run(path)
    if run.sealed != found.sealed:
        other = path / (SUMMARY if run.sealed else RUN)
        raise refused(other, f"a digest, as {RUN if run.sealed else SUMMARY} has", "none")
    _same_run(path / SUMMARY, run.facts, found.summary)
    records = None if run.facts.crossref is not None else _records(journal, run, found)
    return RunDirectory(path, run.content, run.facts, found.summary, found.schema, records, found.sealed)


def read_alone(path: Path) -> tuple[Summary, int]:
    """The summary in the file `path`, without its run, and its schema. Raises UsageError as `read_directory` does."""
    found = _summary(path)
    return found.summary, found.schema


def read_unfinished(path: Path, run: RunFile) -> Kept:
    """What the journal of a run that is to go on holds; a torn last line is left out.

    Raises UsageError as `read_directory` does, and where the journal is of a version that kept no links.
    """
    journal = path / JOURNAL
    if run.facts.plan is None:
        raise refused(path / RUN, "a plan, the hash of what is to be run", "none")
    with _uncollected():
        kept = read_journal(journal, run.facts.plan)
    if kept.records and not kept.link and run.sealed:
        raise refused(journal, f"links, as {RUN} has a digest", "lines without", 1)
    if kept.records and not kept.link:
        raise not_understood(journal, "a link in each line, as a run that goes on must have", "none: begin it anew", 1)
    if kept.records and not run.sealed:
        raise refused(path / RUN, f"a digest, as {JOURNAL} has", "none")
    return kept


def conclusion_of(path: Path, run: RunFile, kept: Kept) -> Summary | None:
    """What the run came to when all of it was done, by this version; None where no summary is there that says it.

    Such a summary was written when every line of its journal had been compared with what its chunk owes.
    """
    try:
        found = _summary(path / SUMMARY)
        _same_run(path / SUMMARY, run.facts, found.summary)
    except UsageError:
        return None
    summary = found.summary
    of_journal = found.sealed and kept.link and not kept.torn and summary.journal == kept.link
    if not of_journal or summary.viewproof != __version__ or run.facts.known_issues is None or summary.stopped:
        return None
    return None if why_not_of(summary, kept.records, run.facts.chunks) else summary


def _summary(path: Path) -> Read:
    found = read_with_schema(path)
    if unsound := why_unsound(found.summary):
        raise refused(path, *unsound)
    return found


def _same_run(path: Path, facts: RunFacts, summary: Summary) -> None:
    for name in ("viewproof", "torch", "device", "profile", "plan"):
        said, wanted = getattr(summary, name), getattr(facts, name)
        # A run may go on by another version, of the same plan.
        if wanted is not None and said != wanted and name != "viewproof":
            raise refused(path, f"{name} {wanted}, as {RUN} has", said)
    if summary.shard != facts.shard:
        raise refused(path, f"shard {facts.shard or 'none'}, as {RUN} has", summary.shard or "none")


def _records(journal: Path, run: RunFile, found: Read) -> list[ChunkRecord]:
    summary, facts = found.summary, run.facts
    if not journal.is_file():
        raise refused(journal, f"the journal of {summary.planned} planned verdicts", "no file")
    kept = read_journal(journal, summary.plan)
    if kept.torn:
        raise refused(journal, "whole lines, as a finished run has", "a torn one at its end", len(kept.records) + 1)
    if kept.records and bool(kept.link) is not found.sealed:
        kind, other = ("with", "without") if found.sealed else ("without", "with")
        raise refused(journal, f"lines {kind} links, as {SUMMARY} is {kind} a digest", f"lines {other} links", 1)
    if found.sealed and kept.link != summary.journal:
        raise refused(journal, f"a last link of {_digits(summary.journal)}, as {SUMMARY} has", _digits(kept.link))
    place = f"/{summary.profile}/{summary.device}/"
    for number, record in enumerate(kept.records, start=1):
        if not record.chunk.startswith(f"{record.suite}{place}"):
            raise refused(journal, f"chunks of {place.strip('/')}, as {SUMMARY} has", record.chunk, number)
    try:
        unlike = why_not_of(summary, kept.records, facts.chunks)
    except ValueError as error:
        raise UsageError(f"{journal}: {error}") from error
    if unlike:
        raise refused(journal.with_name(SUMMARY), *unlike)
    return kept.records


def _digits(digest: str) -> str:
    return digest[:19] or "nothing"
