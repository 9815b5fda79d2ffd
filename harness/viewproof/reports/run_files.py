"""Writes the files of a finished run: report.md, report.html, junit.xml, summary.md, badge.svg and catalog.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from viewproof.contract.installed import suites_of_run
from viewproof.engine.swept import Swept
from viewproof.engine.uncollected import uncollected
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import REPORT
from viewproof.records.sealed import sealed
from viewproof.records.summary import Summary, seen
from viewproof.records.written import write_whole
from viewproof.reports.badge import level_of, render_badge
from viewproof.reports.html import render_html
from viewproof.reports.junit import render_junit
from viewproof.reports.markdown import render_markdown
from viewproof.reports.step_summary import render_step_summary

JUNIT, STEP_SUMMARY, BADGE, CATALOG = "junit.xml", "summary.md", "badge.svg", "catalog.json"


def write_reports(
    out: Path,
    summary: Summary,
    run: Mapping[str, Any],
    records: Sequence[ChunkRecord],
    swept: Callable[[], Swept] | None = None,
) -> None:
    """Write everything that is made of a finished run: report.md, report.html, and the small files beside them.

    All of it or nothing: raises UsageError or NotWritten, with the file, where one cannot be written. `swept` gives
    what the run was swept with, where somebody else finds that out; it is asked when all else is made.
    """
    # A report makes no cycles.
    with uncollected():
        small = _small_files(out, summary, run, records)
        write_whole(_pages(out, summary, run, records, swept) | small)


def write_report_pages(out: Path, summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord]) -> None:
    """Write report.md and report.html into `out`, both or none. Raises UsageError or NotWritten."""
    with uncollected():
        write_whole(_pages(out, summary, run, records))


_Files = dict[Path, str | bytes]


def _pages(
    out: Path,
    summary: Summary,
    run: Mapping[str, Any],
    records: Sequence[ChunkRecord],
    swept: Callable[[], Swept] | None = None,
) -> _Files:
    markdown = out / REPORT
    return {
        markdown: render_markdown(summary, run, records),
        markdown.with_suffix(".html"): render_html(summary, run, records, swept=swept),
    }


def _small_files(out: Path, summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord]) -> _Files:
    suites = suites_of_run(run.get("suites", ()))
    level = level_of(summary, run, {name: suite.level for name, suite in suites.items()}, blind_suites(records))
    return {
        out / JUNIT: render_junit(records, summary, run),
        out / STEP_SUMMARY: render_step_summary(summary, run),
        out / BADGE: render_badge(summary, level),
        out / CATALOG: sealed(catalog_facts(summary.torch)),
    }


def blind_suites(records: Sequence[ChunkRecord]) -> set[str]:
    """The suites of the records that have no seen verdict."""
    showing = {record.suite for record in records if any(seen(tally.verdicts) for tally in record.tallies)}
    return {record.suite for record in records} - showing


def catalog_facts(torch_version: str) -> dict[str, Any]:
    """The view operators that this torch registers, each with its kind and schema; `diff` compares two of them."""
    from viewproof.catalog import catalog, unclassified

    operators = {name: {"kind": entry.kind, "schema": entry.schema} for name, entry in catalog().items()}
    for schema in unclassified():
        operators[_name(schema)] = {"kind": "unclassified", "schema": schema}
    return {"schema": 1, "torch": torch_version, "operators": dict(sorted(operators.items()))}


def _name(schema: str) -> str:
    """`aten::slice.Tensor(...) -> ...` is `aten.slice.Tensor`; a schema that names no overload is the `default` one."""
    name = schema.partition("(")[0].replace("::", ".")
    return name if name.count(".") > 1 else f"{name}.default"
