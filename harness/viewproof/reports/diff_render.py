"""A comparison as text, Markdown and HTML."""

from __future__ import annotations

from collections import Counter

from viewproof.reports.brief import brief
from viewproof.reports.diff import KINDS, Change, regressed
from viewproof.reports.markdown_table import code, table
from viewproof.reports.markup import marked_up
from viewproof.reports.side import Side
from viewproof.reports.small_page import small_page
from viewproof.visible import one_line

#: Changes of one class that a Markdown page lists.
SHOWN = 50


def headline(changes: list[Change]) -> str:
    """The changes counted, or that there is none."""
    counts = Counter(change.kind for change in changes)
    said = ", ".join(f"{counts[kind]} {_plural(kind, counts[kind])}" for kind in KINDS if counts[kind])
    return said or "no change"


def _plural(kind: str, number: int) -> str:
    return kind if number == 1 or kind in ("changed torch", "changed place") else f"{kind}s"


def as_text(old: Side, new: Side, changes: list[Change]) -> str:
    """One line a change, `CLASS subject: before -> after`, under the two runs."""
    lines = [f"from {one_line(_about(old))}", f"to   {one_line(_about(new))}"]
    for change in changes:
        lines.append(f"{change.kind.upper()} {one_line(change.subject)}")
        lines.append(f"  {brief(change.before)} -> {brief(change.after)}")
    return "\n".join([*lines, headline(changes)]) + "\n"


def as_markdown(old: Side, new: Side, changes: list[Change]) -> str:
    """A page for a CI step: a table a class."""
    parts = [f"## viewproof diff: {headline(changes)}", f"From {code(_about(old))} to {code(_about(new))}."]
    for kind in KINDS:
        chosen = [change for change in changes if change.kind == kind]
        if chosen:
            rows = [(code(brief(one.subject)), brief(one.before), brief(one.after)) for one in chosen[:SHOWN]]
            more = f"\n\n... and {len(chosen) - SHOWN} more." if len(chosen) > SHOWN else ""
            parts.append(f"### {kind.capitalize()}: {len(chosen)}\n\n{table(('', 'before', 'after'), rows)}{more}")
    return "\n\n".join(parts) + "\n"


def as_html(old: Side, new: Side, changes: list[Change]) -> str:
    """A page of its own, without scripts or a network."""
    parts = [f"<p>From <code>{marked_up(_about(old))}</code> to <code>{marked_up(_about(new))}</code>.</p>"]
    for kind in KINDS:
        chosen = [change for change in changes if change.kind == kind]
        if chosen:
            rows = "".join(
                f"<tr><th scope=row><code>{marked_up(one.subject)}</code></th>"
                f"<td>{marked_up(one.before)}</td><td>{marked_up(one.after)}</td></tr>\n"
                for one in chosen
            )
            parts.append(
                f"<h2>{marked_up(kind.capitalize())}: {len(chosen)}</h2>\n<table><thead><tr><th scope=col>what</th>"
                f"<th scope=col>before</th><th scope=col>after</th></tr></thead><tbody>\n{rows}</tbody></table>"
            )
    return small_page(f"viewproof diff: {headline(changes)}", parts, bad=regressed(changes))


def _about(side: Side) -> str:
    summary = side.summary
    when = f", {side.started}" if side.started else ""
    return f"{side.name} (torch {summary.torch}, {summary.device}, {summary.profile}{when})"
