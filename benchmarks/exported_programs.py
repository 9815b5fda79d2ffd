"""Real programs exported: both passes and run_decompositions on them, judged by the passes' own rules.

`python benchmarks/exported_programs.py [NAME...] [--out DIR]` prints the tables, and writes them to DIR/passes.md. Exit
status: 0 where nothing is found, 1 with a finding, 3 where a program could not be exported, or none was.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from programs import models, modules
from programs.exported import Judged, judged
from programs.program import Program
from viewproof.reports.markdown_table import table

Pair = tuple[Judged, Judged]
COLUMNS = (
    "program", "nodes", "views", "replaced", "side effects", "made functional", "verdicts", "known", "findings",
    "seconds",
)  # fmt: skip


def chosen(names: Sequence[str]) -> tuple[list[Program], list[str]]:
    """The programs to export, and one line for each that cannot be had."""
    everything = [*modules.PROGRAMS, *models.PROGRAMS, *models.EXPORTED_TOO]
    wanted = [one for one in everything if not names or any(one.name.lower().startswith(n.lower()) for n in names)]
    lacking = [one for one in wanted if one.package and not models.is_there()]
    lines = [f"{one.name}: {one.package} is not installed" for one in lacking]
    return [one for one in wanted if one not in lacking], lines


def row(one: Judged) -> list[Any]:
    """A subject's line of the first table."""
    if one.error:
        return [one.name, *["-"] * 8, f"{one.seconds:.1f}"]
    verdicts = sum(sum(counts.values()) for counts in one.verdicts.values())
    replaced = "refused" if one.refused else one.replaced
    return [
        one.name, one.nodes, one.views, replaced, one.effects, one.functional, verdicts, len(one.known),
        len(one.findings), f"{one.seconds:.1f}",
    ]  # fmt: skip


def rule_rows(pairs: list[Pair]) -> list[list[str]]:
    """A line a rule: what it came to on each program, as exported and decomposed."""
    rules = dict.fromkeys(rule for pair in pairs for one in pair for rule in one.verdicts)
    found = []
    for rule in sorted(rules):
        cells = []
        for pair in pairs:
            counts: dict[str, int] = {}
            for one in pair:
                for verdict, number in one.verdicts.get(rule, {}).items():
                    counts[verdict] = counts.get(verdict, 0) + number
            said = [f"{number} {verdict}" for verdict, number in counts.items() if verdict != "pass"]
            cells.append(", ".join([str(counts["pass"]), *said] if counts.get("pass") else said) or "-")
        found.append([rule, *cells])
    return found


def not_tried(pair: Pair) -> dict[str, str]:
    """What was not tried, each line with the known issue that says why, empty where none does."""
    # What cannot be decomposed is judged too: run_decompositions is one of the targets of what was exported.
    issues = {failure.rule: issue for issue, failure in pair[0].known}
    why = ("", issues.get("passes.decomposed", ""))
    return {f"{one.name}: {one.error}": issue for one, issue in zip(pair, why, strict=True) if one.error}


def status_of(pairs: list[Pair]) -> int:
    """The exit status."""
    if any(one.findings for pair in pairs for one in pair):
        return 1
    return 3 if not pairs or any("" in not_tried(pair).values() for pair in pairs) else 0


def render(pairs: list[Pair], lacking: list[str]) -> str:
    """passes.md."""
    everything = [one for pair in pairs for one in pair]
    packages = [f"transformers `{models.version()}`"] if models.is_there() else []
    where = [f"torch `{torch.__version__}`", *packages, f"Python {platform.python_version()}", platform.machine()]
    findings = [
        f"- {one.name}: {failure.rule} on {failure.target}: wanted {failure.expected}, got {failure.observed}"
        for one in everything
        for failure in one.findings
    ]
    known = sorted({
        (issue, failure.rule, failure.target, one.name) for one in everything for issue, failure in one.known
    })  # fmt: skip
    refusals = [f"- {one.name}: {one.refused}" for one in everything if one.refused]
    lines = [
        f"- {line} (known issue {issue})" if issue else f"- {line}"
        for pair in pairs
        for line, issue in not_tried(pair).items()
    ] + [f"- {line}" for line in lacking]
    parts = [
        "# Real programs, exported",
        f"{', '.join(where)}; made by `tox -e programs`.",
        "Models of small configurations with random weights, in eval mode, loss and logits for outputs: exported, and "
        "exported and decomposed by the default table. Both passes are tried on either, torch's and the reference's, "
        "and run_decompositions (with the default table, and with the views kept) on the first. The rules are those of "
        "the suites `passes` and `decomposed_passes` (docs/contract.md); values are the program's within the tolerance "
        "of torch.testing for float32.",
        "## What was tried",
        table(COLUMNS, [row(one) for one in everything]),
        "*views* are the calls that alias their first argument and do not write it, *replaced* those that are gone "
        "after torch's view pass; *side effects* are assertions and ranges, *made functional* those that torch's "
        "second pass chains. Graphs inside count. *seconds* are of this process's CPU.",
        "## Findings",
        "\n".join(findings) or "None that is not a known issue.",
        "## Verdicts by rule",
        table(("rule", *(pair[0].name for pair in pairs)), rule_rows(pairs)),
        "A number alone counts passes; both subjects of a program are added up, all targets too.",
        "## Known issues that showed",
        table(("known issue", "rule", "target", "program"), known),
        "## Refused by torch's view pass",
        "A view that has no copy variant is refused, by the reference too; once the program is decomposed there is "
        "none left.",
        "\n".join(refusals) or "None.",
    ]
    if lines:
        parts += ["## Not tried", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Export, try, judge, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", help="the beginnings of their names; all by default")
    parser.add_argument("--out", type=Path, help="where passes.md goes")
    options = parser.parse_args()
    # One thread: process time would count what the others spin.
    torch.set_num_threads(1)
    runnable, lacking = chosen(options.programs)
    pairs: list[Pair] = []
    for program in runnable:
        pair = (judged(program, decomposed=False), judged(program, decomposed=True))
        pairs.append(pair)
        print(f"{pair[0].name}: {sum(len(one.findings) for one in pair)} findings", file=sys.stderr, flush=True)
    report = render(pairs, lacking)
    print(report)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "passes.md").write_text(report, encoding="utf-8")
    return status_of(pairs)


if __name__ == "__main__":
    sys.exit(main())
