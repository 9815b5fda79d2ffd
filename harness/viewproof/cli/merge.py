"""`viewproof merge`: the shards of one run, made into that run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from viewproof.cli.options import refusals
from viewproof.cli.output import say


@click.command
@click.argument("shards", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="viewproof-merged",
    show_default=True,
    metavar="DIR",
    help="The run directory of the whole; an earlier run there is replaced.",
)
@click.pass_context
def merge(context: click.Context, /, *, shards: tuple[Path, ...], out: Path) -> None:
    """Make the run directories DIR..., all shards of one run (`run --shard I/N`), into that run.

    It needs the torch and the modules that the shards ran with, runs nothing, and proves that each
    chunk of the plan has its one record. Exit status: as `run`'s for the whole: 0 conforms, 1 does
    not, 3 no evidence; 2 where the directories are not all shards of one plan, each whole and once,
    and 3 where they contradict each other.
    """
    from viewproof.cli.run import closing_lines
    from viewproof.engine.merge import merge as merge_shards
    from viewproof.reports.run_files import write_reports

    with refusals():
        finished = merge_shards(shards, out, tuple(sys.argv[1:]), report=write_reports)
    for line in closing_lines(finished):
        say(line)
    context.exit(finished.status)
