"""One side of a comparison: what a run directory, or a bare summary.json, says of its run."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from viewproof.errors import UsageError
from viewproof.records.journal import JournalError, read_journal
from viewproof.records.model import VERDICTS
from viewproof.records.outdir import JOURNAL, RUN, SUMMARY
from viewproof.records.signature import signature_of
from viewproof.reports.run_files import CATALOG

#: What a summary has to hold to be compared.
_NEEDED = ("viewproof", "torch", "device", "profile", "verdicts", "findings", "by_operator", "by_target", "by_rule")


class Fault(NamedTuple):
    """What a failure is about, its case and its verdict left out."""

    suite: str
    target: str
    rule: str
    operator: str
    difference: str


@dataclass(frozen=True, slots=True)
class Side:
    """One run. What a run directory lacks is None.

    `cases` are signatures by suite and operator; `failing` gives the verdict of each case that shows a fault.
    """

    name: str
    summary: dict[str, Any]
    run: dict[str, Any]
    cases: dict[tuple[str, str], set[int]] | None
    failing: dict[Fault, dict[str, str]] | None
    catalog: dict[str, dict[str, str]] | None

    @property
    def started(self) -> str:
        """When the run began, in ISO 8601; empty where nothing says so."""
        return str(self.run.get("started", ""))

    def has_case(self, suite: str, operator: str, case: str) -> bool:
        """Whether the run had the case; also where nothing can tell."""
        return self.cases is None or signature_of(case) in self.cases.get((suite, operator), set())


def read_side(path: Path, *, cases: bool = True) -> Side:
    """Read a run directory, or a summary.json. Raises UsageError, with one clear line, where it is neither.

    `cases` False leaves the journal alone, which may be long.
    """
    folder = path if path.is_dir() else None
    summary = _summary(path / SUMMARY if folder else path)
    if folder is None:
        return Side(str(path), summary, {}, None, None, None)
    journal = folder / JOURNAL
    catalog = _json(folder / CATALOG) if (folder / CATALOG).is_file() else {}
    run = _json(folder / RUN) if (folder / RUN).is_file() else {}
    seen, failing = _read_journal(journal) if cases and journal.is_file() else (None, None)
    return Side(str(path), summary, run, seen, failing, catalog.get("operators"))


def _summary(path: Path) -> dict[str, Any]:
    summary = _json(path)
    lacking = [name for name in _NEEDED if name not in summary]
    if lacking:
        raise UsageError(f"{path}: wanted a run's summary, got one without {', '.join(lacking)}")
    if summary.get("schema") != 1:
        raise UsageError(f"{path}: wanted a summary of schema 1, got {summary.get('schema')!r}")
    verdicts = summary["verdicts"]
    if not isinstance(verdicts, dict) or not set(verdicts) <= set(VERDICTS):
        raise UsageError(f"{path}: wanted verdicts among {', '.join(VERDICTS)}, got {verdicts!r:.80}")
    return summary


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: wanted a run directory or a summary.json ({error})") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path}: wanted an object, got {type(content).__name__}")
    return content


def _read_journal(journal: Path) -> tuple[dict[tuple[str, str], set[int]], dict[Fault, dict[str, str]]]:
    cases: dict[tuple[str, str], set[int]] = defaultdict(set)
    failing: dict[Fault, dict[str, str]] = defaultdict(dict)
    try:
        for record in read_journal(journal):
            cases[record.suite, record.operator].update(record.signatures)
            for one in record.failures:
                fault = Fault(one.suite, one.target, one.rule, one.operator, one.difference)
                failing[fault][one.case] = one.verdict
    except JournalError as error:
        raise UsageError(str(error)) from error
    return dict(cases), dict(failing)
