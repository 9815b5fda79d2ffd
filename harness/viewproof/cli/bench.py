"""`viewproof bench`: what each view costs in every way of running it, and whether that depends on its size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from viewproof.cli.options import NoEvidence, refusals
from viewproof.cli.output import apart_from_kernels, say_laid_out
from viewproof.cli.watching import watched
from viewproof.records.written import not_written

if TYPE_CHECKING:
    from viewproof.bench.model import Bench
    from viewproof.bench.run import Tell


@click.command(name="bench")
@click.argument("queries", nargs=-1, metavar="[QUERY]...")
@click.option("--device", default="cpu", show_default=True, metavar="D", help="The device to measure.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="viewproof-bench",
    show_default=True,
    metavar="DIR",
    help="Where bench.json, bench.md and the plots go; an earlier bench there is replaced.",
)
@click.option("--compare", type=click.Path(path_type=Path), metavar="OLD", help="Mark what got slower than in OLD.")
@click.option("--quick", is_flag=True, help="Fewer rounds, sizes and ranks, and nothing compiled.")
@click.option("--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first.")
@click.pass_context
@watched()
@apart_from_kernels()
def bench(
    context: click.Context,
    /,
    *,
    queries: tuple[str, ...],
    device: str,
    out: Path,
    compare: Path | None,
    quick: bool,
    imports: tuple[str, ...],
) -> None:
    """Measure the view operators that QUERY names (all of them without one).

    Run it on a machine that does nothing else. Exit status: 1 where a view depends on size, or
    something got slower than in OLD beyond the noise; 2 wrong usage; 3 nothing was measured; else 0.
    """
    from viewproof.bench import QUICK, Settings, read_bench
    from viewproof.bench import bench as measure
    from viewproof.bench.compare import FILE
    from viewproof.engine.environment import check_device
    from viewproof.engine.modules import import_modules
    from viewproof.errors import EmptySelection, UsageError

    with refusals():
        import_modules(imports)
        operators = selected(queries)
        old = None if compare is None else read_bench(compare)
        if old is not None and old.device.partition(":")[0] != device.partition(":")[0]:
            raise UsageError(f"--compare {compare}: wanted a bench of {device!r}, got one of {old.device!r}")
        check_device(device, imports)
        if out.is_dir() and any(out.iterdir()) and not (out / FILE).is_file():
            raise UsageError(f"--out {out}: wanted a new, an empty or an earlier bench's directory, got something else")
        with _writing(out):
            out.mkdir(parents=True, exist_ok=True)
        try:
            with _telling() as tell:
                found = measure(operators, device, QUICK if quick else Settings(), old=old, tell=tell)
        except KeyboardInterrupt:
            raise NoEvidence("stopped; nothing is kept of a bench that is not whole") from None
        if old is not None:
            same = all(old.environment.get(name) == found.environment.get(name) for name in ("machine", "cpus"))
            found.compared = f"{compare} (torch {old.torch}{'' if same else ', on another machine'})"
        if not found.series:
            why = f" ({found.absent[0].operator}: {found.absent[0].why})" if found.absent else ""
            raise EmptySelection(f"nothing could be measured{why}")
    with _writing(out):
        lines = _write(found, out)
    say_laid_out("\n".join(lines))
    context.exit(1 if found.findings else 0)


def selected(queries: tuple[str, ...]) -> list[str]:
    """The view operators that the queries name. Raises UsageError where one names none, or names more than operators.

    A query here is an operator, its packet, or a pattern; a suite, a target or a rule means nothing to a bench.
    """
    from viewproof.contract.installed import find_suite
    from viewproof.engine.query import check_query, parse_query
    from viewproof.errors import UsageError

    views = find_suite("views")
    parsed = [parse_query(text) for text in queries]
    for query in parsed:
        if (query.suite, query.target, query.rule) != ("*", "*", "*") or query.call is not None:
            raise UsageError(f"query {query.text!r}: wanted a view operator (`aten.slice`, `aten.*split*`), no more")
        check_query(query, {"views": views})
    taken = [name for name in views.operators() if not parsed or any(one.takes_operator(name) for one in parsed)]
    if not taken:
        raise UsageError(f"query {' '.join(queries)!r}: wanted a view operator, got a pattern that matches none")
    return taken


def _write(found: Bench, out: Path) -> list[str]:
    """Write the files; returns the text for the terminal."""
    import msgspec

    from viewproof.bench.compare import FILE
    from viewproof.bench.plots import LACKING, PLOTS, can_plot, write_plots
    from viewproof.bench.render import as_markdown, as_text

    (out / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(found, enc_hook=str), indent=1) + b"\n")
    for name in PLOTS:
        (out / name).unlink(missing_ok=True)
    drawn = can_plot()
    plots = write_plots(found, out) if drawn else []
    (out / "bench.md").write_text(as_markdown(found, plots), encoding="utf-8")
    files = ", ".join(str(out / name) for name in ("bench.md", FILE, *plots))
    return [as_text(found), *([] if drawn else [LACKING]), f"wrote {files}"]


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise not_written(out, error, "--out") from error


@contextmanager
def _telling() -> Iterator[Tell | None]:
    """A bar on a terminal, nothing elsewhere: it is drawn between operators, never while one is measured."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield None
        return
    name = TextColumn("{task.fields[name]}", markup=False)
    columns = (TextColumn("measuring"), BarColumn(), MofNCompleteColumn(), name)
    with Progress(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task("measuring", total=None, name="")

        def tell(name: str, place: int, total: int) -> None:
            bar.update(task, completed=place, total=total, name=name, refresh=True)

        yield tell
