"""`viewproof trend`: a folder of runs over time."""

from __future__ import annotations

from pathlib import Path

import click

from viewproof.cli.options import refusals
from viewproof.cli.output import say, write_or_say


@click.command
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(("text", "markdown", "html", "json")), default="text", show_default=True
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
def trend(folder: Path, form: str, output: Path | None) -> None:
    """Show the runs in FOLDER over time, a row a run, with what changed since the one before.

    A run whose files were edited, torn or put together is left out, with a line that says why.
    """
    from viewproof.reports.trend import nights, trend_html, trend_json, trend_markdown, trend_text

    with refusals():
        found = nights(folder)
    render = {"text": trend_text, "markdown": trend_markdown, "html": trend_html, "json": trend_json}[form]
    write_or_say(render(found.rows, found.left_out), output)
    if output is not None:
        say(*map(str, found.left_out))
