"""`viewproof report`: the reports of a run directory, rendered again from what the run wrote down."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from viewproof.cli.options import refusals
from viewproof.cli.output import apart_from_kernels, say
from viewproof.cli.watching import watched


@click.command(name="report")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write there.  [default: RUN]"
)
@click.option(
    "--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first: its operators can be drawn then."
)
@watched()
@apart_from_kernels()
def report(run: Path, out: Path | None, imports: tuple[str, ...]) -> None:
    """Render report.md and report.html of the run directory RUN again.

    They are made from its run.json, journal.jsonl and summary.json, which must agree; nothing is judged again.
    """
    from viewproof.engine.forking import note_threads
    from viewproof.engine.modules import import_modules
    from viewproof.records import outdir
    from viewproof.records.directory import read_directory
    from viewproof.records.lock import held
    from viewproof.records.refused import not_understood
    from viewproof.records.written import not_written
    from viewproof.reports.run_files import write_report_pages

    with refusals():
        if out is None and (run / outdir.RUN).exists():
            # One that goes on has no summary yet; that another process writes it says more.
            with held(run):
                pass
        found = read_directory(run)
        if found.records is None:
            raise not_understood(
                run, f"a run directory, with {outdir.RUN} and {outdir.JOURNAL}", "one that keeps no journal"
            )
        if imports:
            note_threads()
        import_modules(imports)
    summary, records = found.summary, found.records
    held = sum(tally.planned for record in records for tally in record.tallies)
    if held != summary.planned:
        missing = summary.planned - held
        say(f"the journal holds {held:,} of {summary.planned:,} planned verdicts; {missing:,} are missing")
    out = run if out is None else out
    markdown = out / outdir.REPORT
    with refusals():
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(out, error, "--out") from error
        # A folder that holds reports alone is nobody's to lock.
        with held(out) if (out / outdir.RUN).exists() else nullcontext():
            write_report_pages(out, summary, found.run, records)
    say(f"wrote {markdown} and {markdown.with_suffix('.html')}")
