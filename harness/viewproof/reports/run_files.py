"""The small files beside a run's report: junit.xml, summary.md, badge.svg and catalog.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from viewproof.engine.outdir import write_json
from viewproof.records.model import ChunkRecord
from viewproof.reports.badge import level_of, render_badge
from viewproof.reports.junit import render_junit
from viewproof.reports.step_summary import render_step_summary

JUNIT, STEP_SUMMARY, BADGE, CATALOG = "junit.xml", "summary.md", "badge.svg", "catalog.json"


def write_run_files(
    out: Path, summary: Mapping[str, Any], run: Mapping[str, Any], records: Sequence[ChunkRecord]
) -> None:
    """Write them into the run directory `out`."""
    from viewproof.engine.suites import load_suites

    level = level_of(summary, run, {name: suite.level for name, suite in load_suites().items()})
    (out / JUNIT).write_text(render_junit(records, summary, run), encoding="utf-8")
    (out / STEP_SUMMARY).write_text(render_step_summary(summary, run), encoding="utf-8")
    (out / BADGE).write_text(render_badge(summary, level), encoding="utf-8")
    write_json(out / CATALOG, catalog_facts(summary["torch"]))


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
