"""What `scale.py` measured: scale.md with its tables, scale.json with the figures, scale.svg with the plots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scale_points import SUITES, Point
from simulated import Simulated, bend
from viewproof.bench.plots import LACKING, can_plot
from viewproof.reports.markdown_table import Markup, table

if TYPE_CHECKING:
    from scale import Found, Grown

#: A cost a case of so many times the smallest one's is no longer linear.
BENT = 1.25
_BOUND = {
    "working": "the work, divided by the workers",
    "longest": "the longest batch, which one worker does",
    "counting": "the process that counts what is owed",
    "recording": "the driver, which reads and writes the records",
}


def write_page(found: Found, folder: Path) -> None:
    """Write the three files into `folder`; no plot without matplotlib, and the page says so."""
    (folder / "scale.json").write_text(json.dumps(figures(found), indent=1) + "\n", encoding="utf-8")
    plotted = can_plot()
    if plotted:
        _plot(found, folder / "scale.svg")
    (folder / "scale.md").write_text(page(found, plotted=plotted), encoding="utf-8")


def figures(found: Found) -> dict[str, Any]:
    """The figures as JSON has them: seconds and bytes."""
    return {
        "schema": 1,
        "place": found.place,
        "cases": [{"wanted": one.wanted, "profile": one.profile, "operators": one.operators, **one.run._asdict()}
                  for one in found.grown],
        "ranks": [one._asdict() for one in found.ranks],
        "storages": [one._asdict() for one in found.storages],
        "workers": [{"jobs": jobs, **one._asdict()} for jobs, one in found.workers.items()],
        "simulated": [one._asdict() for one in found.simulated],
        "left_out": found.left_out,
    }  # fmt: skip


def page(found: Found, *, plotted: bool) -> str:
    """The whole of scale.md."""
    place = found.place
    head = (
        f"torch {place['torch']}, Python {place['python']}, {place['machine']}, {place['when']}. Times are multiples "
        "of the first row's of the same table, taken in the same sitting; memory is the most that one process held, "
        "with what it shares with the process it was forked from. What the budget of "
        f"{place['budget']:.0f} s left no time for was not run, and is not drawn."
    )
    parts = ["# What a run costs as work grows", head]
    parts.append("![Cost by cases, rank, storage and workers](scale.svg)" if plotted else LACKING)
    parts += [
        "## By cases", _grown(found.grown, found.left_out.get("cases", ())),
        "## By rank", _points(found.ranks, "rank", found.left_out.get("ranks", ())),
        "## By the size of the storage", _points(found.storages, "elements", found.left_out.get("storages", ())),
        "## By workers", _workers(found),
        "## By workers, simulated", _simulated(found.simulated),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _grown(grown: Sequence[Grown], left_out: Iterable[int]) -> str:
    """One row a run, and for each that was left out what the last one says that it would take."""
    rows: list[tuple[str, ...]] = []
    for one in grown:
        run, first = one.run, grown[0].run
        rows.append((
            f"{run.cases:,}", one.profile, str(one.operators), f"{run.wall / first.wall:.2f}",
            f"{run.wall / run.cases / (first.wall / first.cases):.2f}", f"{_checking(run) / _checking(first):.2f}",
            f"{run.journal / run.cases:.0f}", _megabytes(run.worker_memory), _megabytes(run.driver_memory),
        ))  # fmt: skip
    for number in left_out:
        last = grown[-1].run
        wall = last.wall * number / last.cases
        rows.append((f"{number:,}", "", "", f"not run; about {wall / grown[0].run.wall:.0f}, as the last row goes on",
                     "", "", "", "", ""))  # fmt: skip
    heads = ("cases", "profile", "operators", "wall", "wall a case", "checking a case", "journal, bytes a case",
             "largest worker", "driver")  # fmt: skip
    said = [f"{one.run.cases:,}" for one in grown if _checking(one.run) > BENT * _checking(grown[0].run)]
    bends = f"Checking a case bends at {said[0]} cases" if said else "Checking a case is linear in all that was run"
    return f"`views/eager`, every rule, one job. {bends}. A short run is mostly start-up.\n\n{table(heads, rows)}"


def _checking(run: Any) -> float:
    return float(run.checking / run.cases)


def _points(points: Sequence[Point], what: str, left_out: Iterable[int]) -> str:
    rows = []
    bends = []
    for suite in SUITES:
        some = [one for one in points if one.suite == suite]
        if not some:
            continue
        rows += [
            (suite, f"{one.size:,}", f"{one.seconds / some[0].seconds:.2f}", _megabytes(one.memory)) for one in some
        ]
        over = [one.size for one in some if one.seconds > BENT * some[0].seconds]
        bends.append(f"{suite} bends at {what} {over[0]:,}" if over else f"{suite} stays level")
    left = [f"{size:,}" for size in left_out]
    lacking = f" Not run: {', '.join(left)}." if left else ""
    looks = "`views` looks at the layout, `aliasing` at every byte of the storage before and after a write."
    if not rows:
        return f"{looks}{lacking}"
    said = "; ".join(bends)
    return f"{looks} A case of {said}.{lacking}\n\n{table(('suite', what, 'a case', 'process'), rows)}"


def _workers(found: Found) -> str:
    rows = []
    for jobs, one in found.workers.items():
        first = found.workers[min(found.workers)]
        rows.append((str(jobs), f"{one.cases:,}", f"{one.wall / first.wall:.2f}",
                     f"{one.checking / first.checking:.2f}", _megabytes(one.worker_memory),
                     _megabytes(one.driver_memory)))  # fmt: skip
    heads = ("workers", "cases", "wall", "worker time in checking", "largest worker", "driver")
    return table(heads, rows)


def _simulated(simulated: Sequence[Simulated]) -> str:
    """How much shorter the run gets, and what it cannot be shorter than."""
    if not simulated:
        return "Not simulated."
    first = simulated[0]
    rows = [
        (f"{one.workers:,}", f"{one.seconds / first.seconds:.4f}", f"{first.seconds / one.seconds:.1f}",
         f"{first.seconds / one.seconds / one.workers:.0%}", _BOUND[one.bound])
        for one in simulated
    ]  # fmt: skip
    bent = bend(simulated)
    said = (
        "A worker does half of what a lone one does, or more, up to the most that were simulated."
        if bent is None
        else f"It bends at {bent.workers:,} workers, where one does less than half of what a lone one does: the run is "
        f"as long as {_BOUND[bent.bound]}."
    )
    how = (
        "From the run on one worker above: what each chunk cost is in its journal, and its batches are given to the "
        "workers in the plan's order. Counting, and reading and writing records, were timed apart. Start-up and the "
        "reports are left out."
    )
    heads = ("workers", "wall", "times as fast", "of each worker", "no shorter than")
    return f"Nothing here was run. {how} {said}\n\n{table(heads, rows)}"


def _megabytes(number: int) -> Markup:
    return Markup(f"{number / 1e6:,.0f} MB")


def _plot(found: Found, path: Path) -> None:
    """Four drawings in one: by cases, by rank, by storage, by workers. The simulated ones are dashed."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "viewproof", "font.size": 9}):
        figure = Figure(figsize=(10, 7), layout="constrained")
        axes = figure.subplots(2, 2)
        _plot_cases(found, axes[0][0])
        for places, points, what in ((axes[0][1], found.ranks, "rank"), (axes[1][0], found.storages, "elements")):
            for suite in SUITES:
                some = [one for one in points if one.suite == suite]
                if some:
                    costs = [one.seconds / some[0].seconds for one in some]
                    places.plot([one.size for one in some], costs, marker=".", label=suite)
            places.set(yscale="log", xlabel=what, ylabel=f"a case, times the smallest {what}")
            if points:
                places.legend()
        axes[1][0].set(xscale="log")
        _plot_workers(found, axes[1][1])
        figure.savefig(path, format="svg", metadata={"Date": None})


def _plot_cases(found: Found, axes: Any) -> None:
    if found.grown:
        first = found.grown[0].run
        cases = [one.run.cases for one in found.grown]
        axes.plot(cases, [one.run.wall / first.wall for one in found.grown], marker=".", label="wall")
        checking = [one.run.checking / first.checking for one in found.grown]
        axes.plot(cases, checking, marker=".", label="checking")
        axes.plot(cases, [one / cases[0] for one in cases], color="0.7", linewidth=0.8, label="linear")
        axes.legend()
    axes.set(xscale="log", yscale="log", xlabel="cases", ylabel="times the smallest run")


def _plot_workers(found: Found, axes: Any) -> None:
    first = found.workers.get(1)
    if first is not None:
        jobs = list(found.workers)
        axes.plot(jobs, [first.wall / found.workers[one].wall for one in jobs], marker=".", label="run")
    if found.simulated:
        workers = [one.workers for one in found.simulated]
        times = [found.simulated[0].seconds / one.seconds for one in found.simulated]
        axes.plot(workers, times, linestyle="--", label="simulated")
        axes.plot(workers, workers, color="0.7", linewidth=0.8, label="linear")
    axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="times as fast as one")
    axes.legend()
