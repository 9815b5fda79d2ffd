"""One side of a comparison: a run directory, or a summary.json alone, as far as it says anything of the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from viewproof.records.directory import read_alone, read_directory
from viewproof.records.findings import Finding
from viewproof.records.model import ChunkRecord, Failure
from viewproof.records.refused import not_understood, refused
from viewproof.records.schemas import SCHEMA
from viewproof.records.sealed import read_sealed
from viewproof.records.signature import signature_of
from viewproof.records.summary import Summary
from viewproof.reports.run_files import CATALOG


class Fault(NamedTuple):
    """What a failure is about, its case and its verdict left out."""

    suite: str
    target: str
    rule: str
    operator: str
    difference: str


def fault_of(one: Failure | Finding) -> Fault:
    """The fault that a failure, or a finding, shows."""
    return Fault(one.suite, one.target, one.rule, one.operator, one.difference)


@dataclass(frozen=True, slots=True)
class Side:
    """One run. What a run directory lacks is None.

    `cases` are signatures by suite and operator; `failing` gives the verdict of each case that shows a fault. `schema`
    is that of its summary.json; one of schema 1 does not say which of its passes had nothing to compare.
    """

    name: str
    summary: Summary
    run: dict[str, Any]
    cases: dict[tuple[str, str], set[int]] | None
    failing: dict[Fault, dict[str, str]] | None
    catalog: dict[str, dict[str, str]] | None
    schema: int = SCHEMA

    @property
    def started(self) -> str:
        """When the run began, in ISO 8601; empty where nothing says so."""
        return str(self.run.get("started", ""))

    def has_case(self, suite: str, operator: str, case: str) -> bool:
        """Whether the run had the case; also where nothing can tell."""
        return self.cases is None or signature_of(case) in self.cases.get((suite, operator), set())


def read_side(path: Path, *, cases: bool = True) -> Side:
    """Read a run directory whole, or a summary.json.

    With `cases` False what the journal holds is proved and not kept. Raises UsageError, with one clear line, where it
    is neither, and as `read_directory` does where its files do not agree.
    """
    if not path.is_dir():
        summary, schema = read_alone(path)
        return Side(str(path), summary, {}, None, None, None, schema)
    found = read_directory(path)
    catalog = _catalog(path / CATALOG, sealed=found.sealed) if (path / CATALOG).exists() else None
    kept = found.records if cases else None
    seen, failing = (None, None) if kept is None else _of_records(kept)
    return Side(str(path), found.summary, found.run, seen, failing, catalog, found.schema)


class _Operator(msgspec.Struct, frozen=True):
    kind: str
    schema: str


class _Catalog(msgspec.Struct, frozen=True):
    operators: dict[str, _Operator]


def _catalog(path: Path, *, sealed: bool) -> dict[str, dict[str, str]]:
    content, _, has_digest = read_sealed(path, "the catalog of a run")
    if has_digest is not sealed:
        wanted, got = ("a digest", "none") if sealed else ("no digest", "one")
        raise refused(path, f"{wanted}, as with the run's other files", got)
    try:
        operators = msgspec.convert(content, _Catalog).operators
    except msgspec.ValidationError as error:
        raise not_understood(path, "the catalog of a run", error) from error
    return {name: {"kind": one.kind, "schema": one.schema} for name, one in operators.items()}


def _of_records(
    records: Sequence[ChunkRecord],
) -> tuple[dict[tuple[str, str], set[int]], dict[Fault, dict[str, str]]]:
    cases: dict[tuple[str, str], set[int]] = defaultdict(set)
    failing: dict[Fault, dict[str, str]] = defaultdict(dict)
    for record in records:
        cases[record.suite, record.operator].update(record.signatures)
        for one in record.failures:
            failing[fault_of(one)][one.case] = one.verdict
    return dict(cases), dict(failing)
