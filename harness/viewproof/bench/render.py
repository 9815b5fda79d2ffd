"""A bench as tables: plain text for a terminal, Markdown for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tabulate import tabulate

from viewproof.bench.flat import by_size, growth, limit
from viewproof.bench.model import HOME_ELEMENTS, RANK_ELEMENTS, Bench, Omission, Series
from viewproof.bench.noise import machine
from viewproof.reports.brief import brief
from viewproof.reports.markdown_table import code, escaped
from viewproof.reports.markdown_table import table as markdown_table

#: A table by its headers and rows.
Table = tuple[list[str], list[list[str]]]


def at_home(found: Bench) -> dict[str, dict[str, Series]]:
    """By operator and variant, the series of the one call that all variants run (its "home")."""
    rows: dict[str, dict[str, Series]] = {}
    for one in found.series:
        if one.elements in (HOME_ELEMENTS, None):
            rows.setdefault(one.operator, {})[one.variant] = one
    return rows


def time(one: Series | None) -> str:
    """`2.3 ±4%`: the median in microseconds, and half its interquartile range."""
    if one is None:
        return "-"
    return f"{_figure(one.microseconds.median)} ±{one.microseconds.relative / 2:.0%}"


def ratio(one: Series | None) -> str:
    """`1.3x`: as many times the eager view."""
    return "-" if one is None or one.ratio is None else f"{_figure(one.ratio)}x"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _variants(found: Bench, cells: Callable[[Series | None], str], first: int) -> Table:
    names = list(found.settings.variants)
    rows = [[operator, *(cells(some.get(name)) for name in names[first:])] for operator, some in at_home(found).items()]
    return ["operator", *names[first:]], rows


def times(found: Bench) -> Table:
    """Microseconds a call, a row an operator."""
    return _variants(found, time, 0)


def ratios(found: Bench) -> Table:
    """The same as multiples of the eager call."""
    return _variants(found, ratio, 1)


def both(found: Bench) -> Table:
    """The eager time, and the ratios to it: what a terminal is wide enough for."""
    headers, rows = ratios(found)
    eager = at_home(found)
    return (
        [headers[0], "eager us", *headers[1:]],
        [[row[0], time(eager[row[0]].get("eager")), *row[1:]] for row in rows],
    )


def sizes(found: Bench) -> Table:
    """Microseconds by size, a row for each call measured at more than one; the growth, and what is allowed."""
    swept = found.settings.sizes
    wrong = {(one.operator, one.variant) for one in found.findings if one.kind == "growth"}
    rows = []
    for (operator, variant), some in by_size(found.series).items():
        at = {one.elements: one for one in some}
        if len(some) < 2:
            continue
        said = "GROWS" if (operator, variant) in wrong else "copies" if "cop" in variant else "flat"
        cells = [time(at.get(size)) for size in swept]
        rows.append([operator, variant, *cells, f"{_figure(growth(some))}x", f"{limit(some):.1f}x", said])
    return ["operator", "variant", *(f"{size:,}" for size in swept), "growth", "borne", ""], rows


def ranks(found: Bench) -> Table:
    """Microseconds of the eager call by rank."""
    some: dict[str, dict[int, Series]] = {}
    for one in found.series:
        if one.elements == RANK_ELEMENTS and one.rank is not None:
            some.setdefault(one.operator, {})[one.rank] = one
    every = sorted({rank for row in some.values() for rank in row})
    rows = [[operator, *(time(row.get(rank)) for rank in every)] for operator, row in some.items()]
    return ["operator", *(f"rank {rank}" for rank in every)], rows


def noise_lines(found: Bench) -> list[str]:
    """What the reference loop says of the machine. Empty where nothing was measured."""
    if not found.blocks:
        return []
    seen = machine(found.blocks)
    return [
        f"machine noise: a reference loop of {seen.loop_us:,.0f} us spread by {seen.spread:.0%} (interquartile) beside "
        f"the median operator, {seen.worst_spread:.0%} beside the worst; over the bench its median went from "
        f"{seen.fastest:.2f} to {seen.slowest:.2f} times the usual"
    ]


def head_lines(found: Bench) -> list[str]:
    """What was measured, where, and how."""
    machine_, python, cpus = (found.environment.get(name, "?") for name in ("platform", "python", "cpus"))
    operators = len({one.operator for one in found.series})
    return [
        f"viewproof {found.viewproof}, torch {found.torch}, {found.device} ({found.timer}), one thread",
        f"{machine_}, {cpus} CPUs, Python {python}",
        f"{operators} operators, {len(found.series)} series of {found.settings.rounds} interleaved samples, "
        f"{found.seconds:.0f} s",
        *noise_lines(found),
    ]


def verdict_lines(found: Bench) -> list[str]:
    """The findings, what an older bench says, and the verdict."""
    lines = [f"{one.kind.upper()} {one.text}\n  {one.case}" for one in found.findings]
    checked = len([some for (_, variant), some in by_size(found.series).items() if variant == "eager"])
    if not any(one.kind == "growth" for one in found.findings):
        lines.append(f"flat: no view of {checked} measured by size depends on it")
    if found.compared:
        got = sum(one.kind == "slower" for one in found.findings)
        lines.append(f"against {found.compared}: {got} slower beyond the noise, {len(found.faster)} faster")
        if found.unmatched:
            lines.append(f"{found.unmatched} series of it were not measured here, and are not compared")
    return lines


def as_text(found: Bench) -> str:
    """For a terminal: head, one table, verdict."""
    headers, rows = both(found)
    table = tabulate(rows, headers, tablefmt="simple", disable_numparse=True, stralign="right", colalign=("left",))
    home = f"medians on {HOME_ELEMENTS:,} elements, ± half the interquartile range; the rest as multiples of eager"
    parts = ["\n".join(head_lines(found)), home, table if rows else "", "\n".join(verdict_lines(found))]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_markdown(found: Bench, plots: Sequence[str] = ()) -> str:
    """For a page: every table, the plots (file names beside it), and what was not measured."""
    lines = ["# viewproof bench", "", *(f"- {escaped(line)}" for line in head_lines(found)), ""]
    lines += ["## Findings", "", *(_bulleted(found)), ""]
    for name in plots:
        lines += [f"![{name.removesuffix('.svg').replace('-', ' ')}]({name})", ""]
    lines += _section(f"Time, microseconds a call on {HOME_ELEMENTS:,} elements", times(found))
    lines += _section("Ratio to the eager view", ratios(found))
    lines += _section("By size, microseconds", sizes(found))
    lines += _section(f"By rank, microseconds of eager on {RANK_ELEMENTS:,} elements", ranks(found))
    lines += ["## Calls", "", "What stands for an operator at home.", ""]
    cases = [[code(name), code(some["eager"].case)] for name, some in at_home(found).items() if "eager" in some]
    lines += [markdown_table(["operator", "call"], cases), ""]
    lines += ["## Not measured", "", markdown_table(["why", "variant", "operators"], _not_measured(found.absent)), ""]
    return "\n".join(lines)


def _bulleted(found: Bench) -> Iterable[str]:
    yield from (f"- {escaped(text)}" for text in verdict_lines(found))
    if found.faster:
        yield from ("", "Faster beyond the noise:", "", *(f"- {escaped(line)}" for line in found.faster))


def _section(title: str, table: Table) -> list[str]:
    return [f"## {title}", "", markdown_table(*table), ""]


def _not_measured(absent: Sequence[Omission]) -> list[list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for one in absent:
        groups.setdefault((one.why, one.variant), []).append(one.operator)
    return [
        [brief(why), variant, ", ".join(names) if len(names) <= 4 else f"{len(names)} operators"]
        for (why, variant), names in groups.items()
    ]
