"""`viewproof diff`: what changed from one run to another."""

from __future__ import annotations

from pathlib import Path

import click

from viewproof.cli.options import refusals
from viewproof.cli.output import write_or_say


@click.command
@click.argument("old", metavar="A", type=click.Path(path_type=Path))
@click.argument("new", metavar="B", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(("text", "markdown", "html")), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.pass_context
def diff(context: click.Context, /, old: Path, new: Path, form: str, output: Path | None) -> None:
    """Class each change from run A to run B: run directories, or their summary.json files.

    Run directories say more: which cases are new, and which view operators torch added or changed.
    Exit status: 1 where something regressed, 2 where A or B is no run, else 0.
    """
    from viewproof.reports.diff import compare, regressed
    from viewproof.reports.diff_render import as_html, as_markdown, as_text
    from viewproof.reports.side import read_side

    with refusals():
        before, after = read_side(old), read_side(new)
    changes = compare(before, after)
    render = {"text": as_text, "markdown": as_markdown, "html": as_html}[form]
    write_or_say(render(before, after, changes), output)
    context.exit(1 if regressed(changes) else 0)
