"""`viewproof crossref`: run a user's own program, and check every view call in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from viewproof.cli.options import refusals
from viewproof.cli.output import say
from viewproof.cli.watching import Untimely, watched

if TYPE_CHECKING:
    from viewproof.live.session import LiveBlock

#: The most findings that are listed at the end; the report has all.
SHOWN = 10
#: Exit statuses where nothing can be concluded, and where the program failed by its own account: none of those that
#: say what viewproof found.
NO_EVIDENCE, PROGRAM_FAILED = 3, 4
_BEFORE = Untimely(
    NO_EVIDENCE,
    "crossref: no evidence: the program ended its process, or put another in its place, before the report was written "
    "(it {})",
)
_AFTER = Untimely(PROGRAM_FAILED, "crossref: once the report was written, the program's process {}")


@click.command(name="crossref", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("script", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--op", "operators", multiple=True, metavar="OP", help="Only these operators, such as aten.slice.")
@click.option("--line", "lines", multiple=True, metavar="FILE[:FIRST[-LAST]]", help="Only calls from these lines.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="So many findings at most.")
@click.option(
    "--pending",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Run cases again once so many wait; else at the end.",
)
@click.option(
    "--bytes",
    "data_bytes",
    type=click.IntRange(min=0),
    default=1 << 14,
    show_default=True,
    help="Larger cases are run again without data only.",
)
@click.option("--again/--no-again", default=True, help="Run each case again on meta, fake and functionalized tensors.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="viewproof-crossref",
    show_default=True,
    metavar="DIR",
    help="Where the report goes; an earlier one there is replaced.",
)
@click.pass_context
def crossref(  # noqa: PLR0917  -- the options, each by its name
    context: click.Context,
    script: Path,
    arguments: tuple[str, ...],
    operators: tuple[str, ...],
    lines: tuple[str, ...],
    limit: int,
    pending: int,
    data_bytes: int,
    again: bool,
    quiet: bool,
    out: Path,
) -> None:
    """Run SCRIPT with ARGUMENTS as Python would, and check each view call that it makes.

    Options of crossref go before SCRIPT. Exit status: 0 conforms, 1 does not, 2 wrong usage, 3 no evidence (a harness
    error, no call of the catalog, or the program's process ended before the report), 4 the program itself failed (its
    own status is printed).
    """
    with watched(_BEFORE, _AFTER), refusals():
        from viewproof.live.session import LiveBlock

        block = LiveBlock(operators, lines, limit, pending, data_bytes, again, None if quiet else sys.stderr)
        _run(context, script, arguments, block, out)


def _run(context: click.Context, script: Path, arguments: tuple[str, ...], block: LiveBlock, out: Path) -> NoReturn:
    from viewproof.live.report import begin_report
    from viewproof.records.lock import held
    from viewproof.records.outdir import found_place

    # The program may change the current folder.
    folder = out.absolute()
    found_place(folder)
    # All that may be refused is refused here: the program has not run, and an earlier report is as it was.
    with held(folder):
        begin_report(folder, str(script))
        _checked(context, script, arguments, block, out, folder)


def _checked(  # noqa: PLR0917  -- the program, its block, and where the report goes
    context: click.Context, script: Path, arguments: tuple[str, ...], block: LiveBlock, out: Path, folder: Path
) -> NoReturn:
    from viewproof.live.program import run_script
    from viewproof.live.report import write_report

    process = os.getpid()
    ending = run_script(script, arguments, block)
    if os.getpid() != process:
        # The program forked, and this is not the process that the report is of.
        context.exit(ending.status)
    found = block.findings
    summary = write_report(found, folder, f"{script} {ending}")
    if not summary.planned and not ending.failed:
        seen = found.counts["watched"]
        said = f"none of {seen} calls of the catalog was checked" if seen else "no call of the catalog was seen"
        say(said, err=True)
    for finding in found[:SHOWN]:
        say(f"{finding.line}: {finding.rule}: {finding.case}", err=True)
        say(f"  expected {finding.expected}", err=True)
        say(f"  observed {finding.observed} ({finding.target}, {finding.seen})", err=True)
    for error in found.errors[:SHOWN]:
        say(f"harness error: {error}", err=True)
    counts = found.counts
    say(
        f"crossref: {counts['calls']} calls, {counts['checked']} checked, {len(found.cases)} cases, "
        f"{len(found)} findings, {len(found.waived)} waived; report: {out / 'report.md'}",
        err=True,
    )
    if ending.failed:
        say(f"crossref: the program {ending}", err=True)
        context.exit(PROGRAM_FAILED)
    context.exit(found.status)
