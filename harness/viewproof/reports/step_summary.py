"""summary.md: the short page that a CI step shows: verdict, counts, new findings, and where the rest is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewproof.records.model import VERDICTS
from viewproof.records.summary import Summary, exit_status, why_no_evidence
from viewproof.reports.brief import brief
from viewproof.reports.counts import executions_in_words, unseen_lines
from viewproof.reports.markdown_table import code, escaped, table
from viewproof.reports.parts import part_lines
from viewproof.reports.place_line import place_line
from viewproof.reports.unrun import partial_line

#: Findings listed; the report has all.
SHOWN = 20
_VERDICTS = {0: "conforms", 1: "does not conform", 3: "no evidence"}


def render_step_summary(summary: Summary, run: Mapping[str, Any]) -> str:
    """The page, in Markdown as GitHub shows it; far below the megabyte that a step may write."""
    new = [finding for finding in summary.findings if finding.verdict != "waived"]
    waived = len(summary.findings) - len(new)
    verdicts = summary.verdicts
    words = [word for word in VERDICTS if verdicts.get(word)]
    operators = summary.coverage.operators
    why = why_no_evidence(summary)
    parts = [
        f"## viewproof: {_VERDICTS[exit_status(summary)]}{f': {escaped(why)}' if why else ''}",
        f"torch {code(summary.torch)}, {code(summary.device)}, profile {code(summary.profile)}, "
        f"{summary.cases:,} cases, {executions_in_words(summary)}, {summary.seconds:.0f} s.",
        *map(escaped, part_lines(run)),
        table(("planned", *words), [(f"{summary.planned:,}", *[f"{verdicts[word]:,}" for word in words])]),
        *([f"**{escaped(partial)}**"] if (partial := partial_line(summary, run)) else []),
        *unseen_lines(summary),
        *([] if (line := place_line(run)) is None else [f"A worker: {code(line)}."]),
        f"Operators: {operators.covered} of {operators.catalog} covered, {operators.partly} partly, "
        f"{operators.uncovered} not at all.",
    ]
    if new:
        rows = [
            (one.verdict, code(brief(one.result)), f"{one.count:,}", brief(one.expected), brief(one.observed))
            for one in new[:SHOWN]
        ]
        more = f"\n\n... and {len(new) - SHOWN} more: see the report." if len(new) > SHOWN else ""
        headers = ("verdict", "smallest result", "alike", "expected", "observed")
        parts.append(f"### {len(new)} new findings\n\n{table(headers, rows)}{more}")
    else:
        parts.append("No new finding.")
    if summary.problems:
        lines = [f"- {escaped(problem)}" for problem in summary.problems[:SHOWN]]
        parts.append("### Known issues that do not hold\n\n" + "\n".join(lines))
    if waived:
        parts.append(f"Waived: {waived} findings of known issues.")
    not_run = run.get("not_run") or {}
    parts += [f"{escaped(device.upper())}: not run ({escaped(why)})." for device, why in not_run.items()]
    return "\n\n".join(parts) + "\n"
