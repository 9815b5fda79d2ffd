"""badge.svg: a run's verdict, and the level that it shows, as a small picture for a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from viewproof.records.summary import Summary, exit_status
from viewproof.reports.markup import marked_up

#: Fills, dark enough under white letters (a contrast of 4.5 and more).
_GREEN, _RED, _GREY, _LABEL = "#1a7f37", "#b42318", "#5b6370", "#24292f"
#: Width of a letter and of the space beside a text, in pixels; `textLength` makes the text fit whatever the font is.
_LETTER, _SPACE, _HEIGHT = 6.6, 8, 20


def badge_text(summary: Summary, level: int | None) -> tuple[str, str]:
    """What the right half says, and its fill."""
    status = exit_status(summary)
    if status == 3:
        return "no evidence", _GREY
    if status == 0:
        return "conforms" if level is None else f"conforms, level {level}", _GREEN
    number = sum(finding.verdict != "waived" for finding in summary.findings)
    if not number:
        return f"{_counted(len(summary.problems), 'known issue')} out of date", _RED
    return _counted(number, "finding"), _RED


def level_of(
    summary: Summary, run: Mapping[str, Any], levels: Mapping[str, int], blind: Collection[str] = ()
) -> int | None:
    """The highest level up to which every suite (`levels`) was run whole and shows no fault; None if there is none.

    `blind` are suites without a seen verdict, which show nothing. A run of a part (queries, a shard, what was done when
    it was stopped) shows no level, nor does one that is no evidence.
    """
    selection = run.get("selection") or {}
    if exit_status(summary) == 3 or summary.stopped or selection.get("queries") or run.get("shard"):
        return None
    failing = {finding.suite for finding in summary.findings if finding.verdict != "waived"}
    good = (set(run.get("suites") or ()) - failing).difference(blind)
    shown = None
    for level in sorted(set(levels.values())):
        if not {name for name, of_suite in levels.items() if of_suite == level} <= good:
            break
        shown = level
    return shown


def render_badge(summary: Summary, level: int | None = None) -> str:
    """The picture."""
    label = "viewproof"
    said, fill = badge_text(summary, level)
    title = marked_up(f"{label}: {said} (torch {summary.torch}, {summary.device}, {summary.profile})")
    left, right = _width(label), _width(said)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img"'
            f' aria-label="{title}">',
            f"<title>{title}</title>",
            f'<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="4"/></clipPath>',
            f'<g clip-path="url(#r)"><rect width="{left}" height="{_HEIGHT}" fill="{_LABEL}"/>'
            f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{fill}"/></g>',
            '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
            _text(_SPACE, left - 2 * _SPACE, label),
            _text(left + _SPACE, right - 2 * _SPACE, said),
            "</g>",
            "</svg>",
            "",
        ]
    )


def _width(text: str) -> int:
    return round(len(text) * _LETTER) + 2 * _SPACE


def _text(x: int, width: int, text: str) -> str:
    return f'<text x="{x}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">{marked_up(text)}</text>'


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
