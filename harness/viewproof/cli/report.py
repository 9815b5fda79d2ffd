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
    from viewproof.records import lock, outdir
    from viewproof.records.directory import read_directory
    from viewproof.records.refused import not_understood
    from viewproof.records.summary import how_stopped
    from viewproof.records.written import not_written
    from viewproof.reports.run_files import write_report_pages

    out = run if out is None else out
    markdown = out / outdir.REPORT
    # A folder that holds reports alone is nobody's to lock.
    with refusals(), lock.held(out) if (out / outdir.RUN).exists() else nullcontext():
        found = read_directory(run)
        if found.records is None:
            raise not_understood(
                run, f"a run directory, with {outdir.RUN} and {outdir.JOURNAL}", "one that keeps no journal"
            )
        if imports:
            note_threads()
        import_modules(imports)
        if how := how_stopped(found.summary, found.facts.chunks):
            say(f"the run is partial: {how}")
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(out, error, "--out") from error
        write_report_pages(out, found.summary, found.run, found.records)
    say(f"wrote {markdown} and {markdown.with_suffix('.html')}")
