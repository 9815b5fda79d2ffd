"""A folder of runs over time: a row a run, with what changed since the run before it on the same lane."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from viewproof.errors import NotTrusted, UsageError
from viewproof.records.model import LACKING, WRONG
from viewproof.records.outdir import SUMMARY
from viewproof.records.refused import LONGEST
from viewproof.records.spelled import spelled_out
from viewproof.records.summary import exit_status
from viewproof.reports.diff import compare
from viewproof.reports.markdown_table import escaped, table
from viewproof.reports.markup import marked_up
from viewproof.reports.side import Side, read_side
from viewproof.reports.small_page import small_page
from viewproof.visible import one_line

#: What stands where a run does not say.
_UNKNOWN = "-"
_VERDICTS = {0: "conforms", 1: "does not conform", 3: "no evidence"}


class Night(NamedTuple):
    """One run of the folder. `wrong` counts the verdicts that fail a run or make it no evidence.

    `unseen` counts those that had nothing to compare; None where a summary of schema 1 does not say. `regressions` and
    `improvements` count from the last run of the same lane.
    """

    run: str
    started: str
    torch: str
    viewproof: str
    lane: str
    verdict: str
    cases: int
    planned: int
    wrong: int
    unseen: int | None
    findings: int
    waived: int
    regressions: int
    improvements: int
    seconds: float


class LeftOut(NamedTuple):
    """A run that cannot be trusted, and why: the first thing in it that is not as a run writes it."""

    run: str
    why: str

    def __str__(self) -> str:
        return f"left out {self.run}: {self.why}"[:LONGEST]


class Trend(NamedTuple):
    """The runs of a folder, in order, and those that are left out."""

    rows: list[Night]
    left_out: list[LeftOut]


def nights(folder: Path) -> Trend:
    """The runs directly or deeper in `folder`, by when they began; those that cannot be trusted are left out.

    A run whose start nothing says takes its place by the name of its directory, before all others. Raises UsageError
    where there is none, or none that can be trusted.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: wanted a folder of run directories, got none")
    paths = sorted(path.parent for path in folder.rglob(SUMMARY))
    if not paths:
        raise UsageError(f"{folder}: wanted run directories in it, got none that holds {SUMMARY}")
    sides: list[Side] = []
    left_out: list[LeftOut] = []
    for path in paths:
        try:
            sides.append(read_side(path, cases=False))
        except UsageError as error:
            left_out.append(LeftOut(path.relative_to(folder).as_posix(), str(error)))
    if not sides:
        raise NotTrusted(f"{len(left_out)} runs, none to be trusted: {left_out[0].why}"[:LONGEST])
    sides.sort(key=lambda side: (side.started, side.name))
    rows: list[Night] = []
    last: dict[str, Side] = {}
    for side in sides:
        lane = _lane(side)
        changes = compare(last[lane], side) if lane in last else []
        last[lane] = side
        rows.append(_night(folder, side, lane, [change.kind for change in changes]))
    return Trend(rows, left_out)


def _lane(side: Side) -> str:
    """What makes runs comparable: device, profile, what was asked for, and which part of it."""
    asked = side.run.get("selection") or {}
    level = asked.get("level")
    parts = [side.summary.device, side.summary.profile, *asked.get("queries", ())]
    parts += [] if level is None else [f"level {level}"]
    parts += [] if side.summary.shard is None else [f"shard {side.summary.shard}"]
    return ", ".join(parts)


def _night(folder: Path, side: Side, lane: str, kinds: list[str]) -> Night:
    summary = side.summary
    waived = sum(one.verdict == "waived" for one in summary.findings)
    return Night(
        run=Path(side.name).relative_to(folder).as_posix(),
        started=side.started,
        torch=summary.torch,
        viewproof=summary.viewproof,
        lane=lane,
        verdict=_VERDICTS[exit_status(summary)],
        cases=summary.cases,
        planned=summary.planned,
        wrong=sum(summary.verdicts.get(word, 0) for word in (*WRONG, *LACKING)),
        unseen=summary.verdicts.get("unseen", 0) if side.schema > 1 else None,
        findings=len(summary.findings) - waived,
        waived=waived,
        regressions=kinds.count("regression"),
        improvements=kinds.count("improvement"),
        seconds=summary.seconds,
    )


def _cells(rows: Sequence[Night]) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: str | float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,}" if isinstance(value, int | float) else one_line(value)


def trend_text(rows: Sequence[Night], left_out: Sequence[LeftOut] = ()) -> str:
    """A plain table, and a line for each run that is left out."""
    shown = str(tabulate(_cells(rows), headers=Night._fields, tablefmt="simple", disable_numparse=True))
    return "\n".join([shown, *map(str, left_out)]) + "\n"


def trend_markdown(rows: Sequence[Night], left_out: Sequence[LeftOut] = ()) -> str:
    """A table for a page."""
    lines = "".join(f"\n- {escaped(str(one))}" for one in left_out)
    rest = f"\n{lines}\n" if lines else ""
    return f"## viewproof trend: {len(rows)} runs\n\n{table(Night._fields, _cells(rows))}\n{rest}"


def trend_json(rows: Sequence[Night], left_out: Sequence[LeftOut] = ()) -> str:
    """The rows as objects, in ASCII: any name reads back as it was, lone surrogates apart, which no JSON has."""
    runs = [spelled_out(row._asdict()) for row in rows]
    content = {"schema": 1, "runs": runs, "left_out": [spelled_out(one._asdict()) for one in left_out]}
    return json.dumps(content, indent=1) + "\n"


def trend_html(rows: Sequence[Night], left_out: Sequence[LeftOut] = ()) -> str:
    """A page of its own: a bar of findings a run, and the table."""
    heads = "".join(f"<th scope=col>{marked_up(name)}</th>" for name in Night._fields)
    body = "\n".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if isinstance(value, int | float) else ''}>{marked_up(text)}</td>"
            for value, text in zip(row, texts, strict=True)
        )
        + "</tr>"
        for row, texts in zip(rows, _cells(rows), strict=True)
    )
    parts = [_bars(rows), f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>"]
    parts += [f"<p>{marked_up(str(one))}</p>" for one in left_out]
    bad = bool(rows) and rows[-1].verdict != "conforms"
    return small_page(f"viewproof trend: {len(rows)} runs", parts, bad=bad)


def _bars(rows: Sequence[Night]) -> str:
    """New findings a run, oldest first, as bars on one scale."""
    most = max((row.findings for row in rows), default=0)
    width, height = 10 * max(len(rows), 1), 100
    bars = []
    for place, row in enumerate(rows):
        tall = round(80 * row.findings / most) if most else 0
        fill = "var(--good)" if row.verdict == "conforms" else "var(--bad)"
        title = marked_up(f"{row.run}: {row.findings} new findings, {row.verdict}")
        bars.append(
            f'<rect x="{10 * place + 1}" y="{height - 6 - tall}" width="8" height="{tall + 6}" fill="{fill}">'
            f"<title>{title}</title></rect>"
        )
    label = marked_up(f"New findings a run, from 0 to {most}")
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" style="max-height:6rem" role="img"'
        f' aria-label="{label}">{"".join(bars)}</svg><figcaption>{label}</figcaption></figure>'
    )
