"""`viewproof report`: the reports of a run directory, rendered again from what the run wrote down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from viewproof.cli.options import Refusal, refusals


@click.command(name="report")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write there.  [default: RUN]"
)
@click.option(
    "--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first: its operators can be drawn then."
)
def report(run: Path, out: Path | None, imports: tuple[str, ...]) -> None:
    """Render report.md and report.html of the run directory RUN again.

    They are made from its run.json, journal.jsonl and summary.json; nothing is judged again.
    """
    from viewproof.engine.run import import_modules
    from viewproof.records import outdir
    from viewproof.records.journal import read_journal
    from viewproof.reports.run_files import write_report_pages

    with refusals():
        described = outdir.read_run(run)
        summary = _summary(run / outdir.SUMMARY)
        records = read_journal(run / outdir.JOURNAL)
        import_modules(imports)
    held = sum(tally.planned for record in records for tally in record.tallies)
    if held != summary["planned"]:
        missing = summary["planned"] - held
        click.echo(f"the journal holds {held:,} of {summary['planned']:,} planned verdicts; {missing:,} are missing")
    out = run if out is None else out
    markdown = out / outdir.REPORT
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_report_pages(out, summary, described, records)
    except OSError as error:
        raise Refusal(f"--out {out}: cannot be written ({error.strerror or error})") from error
    click.echo(f"wrote {markdown} and {markdown.with_suffix('.html')}")


def _summary(path: Path) -> dict[str, Any]:
    """The summary of a finished run. Raises Refusal where there is none, or it lacks what a report needs."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(f"run directory {path.parent}: wanted a finished run's {path.name} ({error})") from error
    lacking = [name for name in ("planned", "verdicts", "findings", "coverage", "device") if name not in content]
    if lacking:
        raise Refusal(f"{path}: wanted a summary of schema 1, got one without {', '.join(lacking)}")
    return content
