"""The plots, as SVG by matplotlib: what the ways cost, whether size and rank matter, what the machine did meanwhile.

matplotlib comes with `viewproof[bench]`; without it a bench has its tables and bench.json all the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from viewproof.bench.flat import by_size
from viewproof.bench.model import HOME_ELEMENTS, RANK_ELEMENTS, Bench, Series
from viewproof.bench.render import at_home

#: Why there are no plots, where there are none.
LACKING = "no plots: matplotlib is not installed (it comes with viewproof[bench])"


def can_plot() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def write_plots(found: Bench, folder: Path) -> list[str]:
    """Write every plot that there are data for into `folder`; gives the files' names. Needs matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = []
    # Text stays text, and the same data give the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "viewproof", "font.size": 9}):
        for name, draw in PLOTS.items():
            figure = Figure(figsize=(8, 4.2), layout="constrained")
            axes = figure.subplots()
            if draw(found, axes):
                figure.savefig(folder / name, format="svg", metadata={"Date": None})
                names.append(name)
    return names


def _ways(found: Bench, axes: Any) -> bool:
    """A box a variant: the ratios to eager of all operators."""
    names, ratios = [], []
    for name in found.settings.variants:
        some = [row[name].ratio for row in at_home(found).values() if name in row and row[name].ratio is not None]
        if some and name != "eager":
            names.append(f"{name} ({len(some)})")
            ratios.append(some)
    if not ratios:
        return False
    axes.boxplot(ratios, orientation="horizontal", tick_labels=names, whis=(5, 95))
    axes.axvline(1, color="0.6", linewidth=0.8)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="times the eager view", title=f"Ways to run a view, {HOME_ELEMENTS:,} elements")
    return True


def _sizes(found: Bench, axes: Any) -> bool:
    """A line an operator over sizes: views and their copies, each as multiples of itself on the smallest base."""
    wrong = {(one.operator, one.variant) for one in found.findings if one.kind == "growth"}
    drawn: set[str] = set()
    for (operator, variant), some in by_size(found.series).items():
        if variant not in ("eager", "copy") or len(some) < 2:
            continue
        grows = (operator, variant) in wrong
        label = f"{operator} GROWS" if grows else "eager views" if variant == "eager" else "their copies"
        colour = "tab:red" if grows else "tab:blue" if variant == "eager" else "0.75"
        first = some[0].microseconds.median
        line = axes.plot(
            [one.elements for one in some],
            [one.microseconds.median / first for one in some],
            color=colour,
            linewidth=1.8 if grows else 0.7,
            label=label if label not in drawn else "_again",
        )[0]
        line.set_zorder({"tab:red": 4, "tab:blue": 3}.get(colour, 2))
        drawn.add(label)
    if drawn:
        axes.legend(loc="upper left")
        axes.set(xscale="log", yscale="log", xlabel="elements", ylabel="times the smallest base")
        axes.set_title("A view must not depend on size")
    return bool(drawn)


def _ranks(found: Bench, axes: Any) -> bool:
    """Eager over ranks: a line an operator, and their median in front."""
    rows: dict[str, list[Series]] = {}
    for one in found.series:
        if one.elements == RANK_ELEMENTS:
            rows.setdefault(one.operator, []).append(one)
    lines = {name: sorted(row, key=lambda one: one.rank or 0) for name, row in rows.items() if len(row) > 1}
    for row in lines.values():
        axes.plot([one.rank for one in row], [one.microseconds.median for one in row], color="tab:blue", linewidth=0.6)
    if lines:
        axes.set(yscale="log", xlabel="rank", ylabel="microseconds a call")
        axes.set_title(f"Eager views by rank, {RANK_ELEMENTS:,} elements")
    return bool(lines)


def _noise(found: Bench, axes: Any) -> bool:
    """The reference loop over the bench, with its quartiles."""
    blocks = found.blocks
    if not blocks:
        return False
    at = [block.at for block in blocks]
    axes.fill_between(at, [one.reference.low for one in blocks], [one.reference.high for one in blocks], color="0.85")
    axes.plot(at, [one.reference.median for one in blocks], color="0.3", linewidth=0.9, marker=".", markersize=3)
    axes.set(xlabel="seconds since the start", ylabel="microseconds", title="Machine noise: the reference loop")
    axes.set_ylim(bottom=0)
    return True


PLOTS: dict[str, Callable[[Bench, Any], bool]] = {
    "bench-ways.svg": _ways,
    "bench-sizes.svg": _sizes,
    "bench-ranks.svg": _ranks,
    "bench-noise.svg": _noise,
}
