"""The page: what stands in it from the start, its style and program, and its data as JSON beside them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from viewproof.contract.installed import rules_of_run, suites_of_run, targets_of_run
from viewproof.contract.known_issues import issues_of_suites
from viewproof.engine.swept import Swept, sweep_again
from viewproof.records.findings import Finding, in_order
from viewproof.records.model import VERDICTS, ChunkRecord
from viewproof.records.summary import Summary
from viewproof.reports.command import imports_of, options_text
from viewproof.reports.counts import executions_in_words, unseen_lines
from viewproof.reports.html.details import Details, finding_rows
from viewproof.reports.html.levels import headline, levels_of, reached
from viewproof.reports.html.matrix import tallies
from viewproof.reports.html.reach import reach
from viewproof.reports.html.strings import Strings, script_json
from viewproof.reports.markdown import excluded_operators
from viewproof.reports.parts import part_lines, shard_rows
from viewproof.reports.place_line import place_line
from viewproof.reports.unrun import partial_line, unrun_by_suite
from viewproof.visible import visible

#: The page's program, in the order in which its parts build on each other.
SCRIPTS = ("dom", "data", "filters", "drawing", "details", "findings", "matrix", "coverage", "main")

SHOWN_FIRST = 5
"""So many open findings are named beneath the verdict."""


def render_html(
    summary: Summary,
    run: Mapping[str, Any],
    records: Sequence[ChunkRecord],
    excluded: Mapping[str, str] | None = None,
    details: Details | None = None,
    *,
    swept: Callable[[], Swept] | None = None,
) -> str:
    """The whole page. What is no file of this package is escaped: texts by the template, the data by `script_json`,
    and both spell out what acts on a reader's screen.

    `excluded` (operator to reason) is the catalog's own where it is not given. `details` makes what is behind each
    finding; those of the summary's device where it is not given. `swept` says what the run was swept with, and is
    asked last; where it is not given, that is found out here.
    """
    excluded = excluded_operators() if excluded is None else excluded
    if details is None:
        details = Details(summary.device, imports=imports_of(run))
    findings = in_order(summary.findings)
    levels = levels_of(records, run, suites_of_run(run.get("suites", ())))
    said, colour = headline(summary)
    style, program = _style(), _program()
    behind = script_json(details.content(findings, records))
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            summary=summary,
            run=run,
            environment=_flat({**run, "shards": {}}),
            parts=part_lines(run),
            shards=shard_rows(run),
            place=place_line(run),
            said=said,
            colour=colour,
            levels=levels,
            partial=partial_line(summary, run),
            unrun=unrun_by_suite(summary, run, records),
            operators=summary.coverage.operators,
            rules=summary.coverage.rules,
            level=reached(levels),
            options=options_text(run),
            queries=(run.get("selection") or {}).get("queries") or [],
            first=[one for one in findings[:SHOWN_FIRST] if one.known_issue is None],
            open_findings=sum(one.known_issue is None for one in findings),
            waived_findings=sum(one.known_issue is not None for one in findings),
            verdicts=[(word, summary.verdicts.get(word, 0)) for word in VERDICTS],
            notes=unseen_lines(summary),
            executions=executions_in_words(summary),
            generating=sum(record.generating_seconds for record in records),
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(program)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'",
            style=style,
            program=program,
            data=script_json(_data(summary, run, records, findings, excluded, swept)),
            details=behind,
        )
    )


def _data(  # noqa: PLR0917  -- the run, and what is left out of it
    summary: Summary,
    run: Mapping[str, Any],
    records: Sequence[ChunkRecord],
    findings: Sequence[Finding],
    excluded: Mapping[str, str],
    swept: Callable[[], Swept] | None,
) -> dict[str, Any]:
    strings = Strings()
    rows = finding_rows(findings, strings)
    counted = tallies(records, strings)
    rules = {row[3] for row in (*rows, *counted)}
    issues = {one.known_issue for one in findings}
    suites = suites_of_run(run.get("suites", ()))
    targets = targets_of_run(run.get("targets", ()))
    values = sweep_again(records, suites, summary.profile) if swept is None else swept()
    return {
        "verdicts": VERDICTS,
        "findings": rows,
        "tallies": counted,
        "targets": _in_order((*targets, *run.get("targets", ())), {row[2] for row in (*rows, *counted)}, strings),
        "suites": _in_order((*suites, *run.get("suites", ())), {row[1] for row in (*rows, *counted)}, strings),
        "rules": {
            name: [one.level, one.doc, one.source, one.fault]
            for name, one in rules_of_run(run.get("rules", ())).items()
            if strings.place(name) in rules
        },
        "issues": {one.id: [one.kind, one.title, one.source] for one in issues_of_suites(suites) if one.id in issues},
        "coverage": reach(summary, records, values, excluded),
        "options": options_text(run),
        "texts": strings.texts,
    }


def _in_order(named: Sequence[str], met: set[int], strings: Strings) -> list[int]:
    """The places of the names that a column holds: those of `named` first, in its order, then the others."""
    places = list(dict.fromkeys(strings.place(name) for name in named))
    return [*[place for place in places if place in met], *sorted(met.difference(places))]


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
    return rows


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _style() -> str:
    return _own("page.css")


@cache
def _program() -> str:
    parts = [_own(f"script/{name}.js") for name in SCRIPTS]
    return "(() => {\n'use strict';\n" + "\n".join(parts) + "})();\n"


def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _finalized(value: Any) -> Any:
    """What an expression of the template gives, before it is escaped; what is HTML already (`safe`) stays as it is."""
    return value if hasattr(value, "__html__") else visible(value)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("viewproof.reports", "html"),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
