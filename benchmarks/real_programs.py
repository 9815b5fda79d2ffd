"""Real programs under `viewproof.crossref`: what it sees and finds, and what it costs beside torch's own checkers.

`python benchmarks/real_programs.py [--out DIR]` prints both tables, and writes them to DIR/report.md and
DIR/summary.json. Exit status: 0 where nothing is found, 1 with a finding, 3 with a harness error.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

import viewproof
from programs import models, modules
from programs.program import Program, Running
from programs.slowdown import Slowdown, all_slowdowns
from viewproof.live.findings import Findings
from viewproof.live.report import summarize
from viewproof.reports.markdown_table import table


def chosen(names: Sequence[str]) -> tuple[list[Program], list[str]]:
    """The programs to run, and one line for each that cannot be."""
    everything = [*modules.PROGRAMS, *models.PROGRAMS]
    wanted = [one for one in everything if not names or any(one.name.lower().startswith(n.lower()) for n in names)]
    runnable = [one for one in wanted if not one.package or models.is_there()]
    lacking = [f"{one.name}: not run ({one.package} is not installed)" for one in wanted if one not in runnable]
    return runnable, lacking


def seen_in(program: Program) -> Findings:
    """What the live mode sees in a training step of the program, and in what it generates."""
    running = Running(program)
    running.whole()
    with viewproof.crossref() as findings:
        running.whole()
    return findings


def seen_row(program: Program, found: Findings) -> list[Any]:
    counts = found.counts
    share = 100 * counts["watched"] / max(1, counts["calls"])
    return [
        program.name,
        counts["calls"],
        f"{share:.0f} %",
        counts["checked"],
        len(found.cases),
        len(found.operators),
        len(found),
        len(found.waived),
        counts["without a case"] + counts["on tensor subclasses"],
        f"{found.again_seconds:.1f}",
    ]


def times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def cost_row(program: Program, unit: float, *peers: Slowdown) -> list[Any]:
    row: list[Any] = [program.name, f"{unit * 1e3:.0f}"]
    for peer in peers:
        row += [times(peer.first), times(peer.later)]
    return row


SEEN = (
    "program", "aten calls", "catalog", "checked", "cases", "operators", "findings", "waived", "passed over",
    "again (s)",
)  # fmt: skip
COST = (
    "program", "bare step (ms)", "viewproof, first", "viewproof, later",
    "CrossRefFakeMode, first", "later", "torch's crossref, first", "later",
)  # fmt: skip


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", help="the beginnings of their names; all by default")
    parser.add_argument("--out", type=Path, help="where report.md and summary.json go")
    parser.add_argument("--seen-only", action="store_true", help="leave the slowdowns out")
    options = parser.parse_args()
    # One thread: process time would count what the others spin.
    torch.set_num_threads(1)
    runnable, lacking = chosen(options.programs)
    seen: dict[str, Findings] = {}
    costs: list[list[Any]] = []
    notes: list[str] = []
    for program in runnable:
        seen[program.name] = seen_in(program)
        print(f"{program.name}: {len(seen[program.name])} findings", file=sys.stderr, flush=True)
        if not options.seen_only:
            unit, *peers = all_slowdowns(Running(program))
            costs.append(cost_row(program, unit, *peers))
            names = ("viewproof", "CrossRefFakeMode", "torch's crossref")
            named = zip(names, peers, strict=True)
            notes += [f"{program.name}, {name}: {peer.note}" for name, peer in named if peer.note]
    report = render(runnable, seen, costs, notes, lacking)
    print(report)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.md").write_text(report, encoding="utf-8")
        content = {name: _facts(found) for name, found in seen.items()}
        (options.out / "summary.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return max((found.status for found in seen.values()), default=3)


def _facts(found: Findings) -> dict[str, Any]:
    summary: dict[str, Any] = msgspec.to_builtins(summarize(found))
    # Findings name files of the machine that they were seen on; the package and what is in it is enough.
    for one in summary["findings"]:
        one["lines"] = [_short(line) for line in one["lines"]]
        one["line"] = _short(one["line"])
    return summary


def _short(line: str) -> str:
    return line.rpartition("site-packages/")[2].rpartition("benchmarks/")[2]


def render(
    runnable: list[Program], seen: dict[str, Findings], costs: list[list[Any]], notes: list[str], lacking: list[str]
) -> str:
    """report.md."""
    rows = [seen_row(program, seen[program.name]) for program in runnable]
    packages = [f"transformers `{models.version()}`"] if models.is_there() else []
    where = [f"torch `{torch.__version__}`", *packages, f"Python {platform.python_version()}", platform.machine()]
    findings = [
        f"- {name}, `{_short(one.line)}`: {one.rule} of `{one.case}` on {one.target}: {one.observed}"
        for name, found in seen.items()
        for one in found
    ]
    issues = sorted({(one.known_issue or "", one.operator) for found in seen.values() for one in found.waived})
    parts = [
        "# Real programs under viewproof crossref",
        f"{', '.join(where)}; made by `tox -e programs`.",
        "Models of small configurations with random weights: one training step (forward, backward, AdamW), and tokens "
        "generated with the cache of keys and values where the name says so.",
        "## What was seen",
        table(SEEN, rows),
        "*catalog* is the share of the calls that are views, copies of views or scatters; *passed over* counts calls "
        "on tensor subclasses and calls that no case can say; *again* is the time in running each case by name.",
        "## Findings",
        "\n".join(findings) or "None that is not a known issue.",
        "## Known issues that showed",
        table(("known issue", "operator"), issues),
    ]
    if costs:
        parts += [
            "## Slowdown",
            table(COST, costs),
            "Multiples of the bare time: process time of one thread, the least of five. *first* sees every call for "
            "the first time, once; viewproof's first includes running each case by name on meta, fake and "
            "functionalized tensors, which the other two do not do. A `-` is a checker that stopped. Torch's crossref "
            "is measured on the forward pass alone, functionalized, against the bare forward pass: it knows nothing "
            "else.",
            "\n".join(f"- {note}" for note in notes),
        ]
    if lacking:
        parts += ["## Not run", "\n".join(f"- {line}" for line in lacking)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
