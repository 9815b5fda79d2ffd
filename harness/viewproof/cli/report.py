"""`viewproof report`: the reports of a run directory, rendered again from what the run wrote down."""

from __future__ import annotations

from pathlib import Path

import click

from viewproof.cli.options import Refusal, refusals
from viewproof.cli.output import apart_from_kernels, say


@click.command(name="report")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write there.  [default: RUN]"
)
@click.option(
    "--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first: its operators can be drawn then."
)
@apart_from_kernels()
def report(run: Path, out: Path | None, imports: tuple[str, ...]) -> None:
    """Render report.md and report.html of the run directory RUN again.

    They are made from its run.json, journal.jsonl and summary.json; nothing is judged again.
    """
    from viewproof.engine.child import note_threads
    from viewproof.engine.modules import import_modules
    from viewproof.records import outdir
    from viewproof.records.journal import read_journal
    from viewproof.records.summary import read_summary
    from viewproof.reports.run_files import write_report_pages

    with refusals():
        described = outdir.read_run(run)
        summary = read_summary(run / outdir.SUMMARY)
        records = read_journal(run / outdir.JOURNAL)
        if imports:
            note_threads()
        import_modules(imports)
    held = sum(tally.planned for record in records for tally in record.tallies)
    if held != summary.planned:
        missing = summary.planned - held
        say(f"the journal holds {held:,} of {summary.planned:,} planned verdicts; {missing:,} are missing")
    out = run if out is None else out
    markdown = out / outdir.REPORT
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_report_pages(out, summary, described, records)
    except OSError as error:
        raise Refusal(f"--out {out}: cannot be written ({error.strerror or error})") from error
    say(f"wrote {markdown} and {markdown.with_suffix('.html')}")
