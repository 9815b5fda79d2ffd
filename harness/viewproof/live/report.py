"""Writes the results of a block: summary.json in the format of a run, report.md, and a script for each finding."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import torch

from viewproof.catalog import catalog
from viewproof.contract.installed import all_rules
from viewproof.engine.environment import fingerprint
from viewproof.errors import UsageError
from viewproof.live.findings import Findings, LiveFinding
from viewproof.live.judging import LIVE
from viewproof.live.watched import all_watched
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.outdir import REPORT, RUN, claim, write_json
from viewproof.records.summary import Summary, build_summary, seen, write_summary
from viewproof.records.written import write_whole
from viewproof.reports.counts import unseen_lines
from viewproof.reports.markdown_table import code, escaped, table
from viewproof.visible import visible

#: The folder of the scripts that show findings.
SCRIPTS = "repro"
_NOT_SEEN = """\
Seen are the aten calls of the thread that entered the block, below autograd: backward passes on the CPU too, and what
calls a compiled graph makes of aten. Composite operators show as their parts, but in inference mode, where they show
whole and in parts. Not seen: other threads and processes (data loaders, autograd's threads on CUDA), the inside of
tensor subclasses, and what a compiled graph does in code of its own."""


class BlockFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What summary.json says of a block alone: the program and its exit status as a run, and its calls counted.

    `counts` are calls by what came of them, `without_a_case` those that no case says, by the reason. `errors` are
    harness errors; `again_seconds` went into running cases again by name.
    """

    program: str
    status: int
    counts: dict[str, int]
    without_a_case: dict[str, int]
    calls_by_operator: dict[str, int]
    errors: tuple[str, ...]
    again_seconds: float


class BlockSummary(Summary, frozen=True, kw_only=True):
    """summary.json of a block: a run's, with what only a block has; its findings carry their lines with them."""

    findings: tuple[LiveFinding, ...]
    crossref: BlockFacts


def summarize(findings: Findings, program: str = "") -> BlockSummary:
    """The results of the block, in the form of a run's summary."""
    entries = catalog()
    kinds = [name for name, entry in entries.items() if entry.kind != "excluded"]
    tallies = [tally for record in findings.records for tally in record.tallies]
    asked = dict.fromkeys(tally.rule for tally in tallies)
    judged = {tally.rule for tally in tallies if seen(tally.verdicts)}
    coverage = Coverage(
        operators=OperatorCoverage(
            covered=0,
            partly=len(findings.operators),
            uncovered=len(kinds) - len(findings.operators),
            catalog=len(kinds),
            excluded=len(entries) - len(kinds),
            gaps={},
        ),
        rules=RuleCoverage(
            covered=len(judged), planned=len(asked), gaps=tuple(rule for rule in asked if rule not in judged)
        ),
    )
    plan = hashlib.sha256("\n".join(sorted(findings.cases)).encode()).hexdigest()
    summary = build_summary(
        findings.records,
        torch_version=torch.__version__,
        device="cpu",
        profile=LIVE,
        plan=f"sha256:{plan}",
        seconds=findings.seconds,
        coverage=coverage,
        problems=findings.problems,
    )
    # A harness error is no rule's verdict; it makes the block no evidence all the same.
    errors = len(findings.errors)
    of_block = {
        "planned": summary.planned + errors,
        "verdicts": summary.verdicts | {"harness_error": summary.verdicts["harness_error"] + errors},
        "findings": (*findings, *findings.waived),
        "crossref": BlockFacts(
            program=program,
            status=findings.status,
            counts=dict(sorted(findings.counts.items())),
            without_a_case=dict(findings.unspelled.most_common()),
            calls_by_operator=dict(findings.operators.most_common()),
            errors=tuple(findings.errors),
            again_seconds=round(findings.again_seconds, 3),
        ),
    }
    return BlockSummary(**msgspec.structs.asdict(summary) | of_block)


def begin_report(out: Path, program: str = "") -> None:
    """Make `out` ready for a report, in the place of an earlier one. Raises UsageError where it is no place for a run.

    From then on it is a run's directory, whatever becomes of the program.
    """
    repro = out / SCRIPTS
    if repro.is_symlink() or (repro.exists() and not repro.is_dir()):
        raise UsageError(
            f"{repro}: wanted a folder of scripts, which an earlier report left, or nothing; got another thing"
        )
    claim(out)
    for old in repro.glob("*.py"):
        old.unlink()
    write_json(out / RUN, {"environment": fingerprint(), "crossref": {"program": program}})


def write_report(findings: Findings, out: Path, program: str = "") -> BlockSummary:
    """Write the block's files to `out`, and return the summary.

    Raises UsageError where that is no place for a run, and NotWritten where a file cannot be written.
    """
    begin_report(out, program)
    scripts: list[str] = []
    files: dict[Path, str] = {}
    for number, finding in enumerate(findings, 1):
        script, reason = finding.repro_or_reason()
        if script is None:
            scripts.append(f"none: {escaped(reason)}")
            continue
        files[out / SCRIPTS / f"{number}.py"] = script
        scripts.append(f"`{SCRIPTS}/{number}.py`")
    summary = summarize(findings, program)
    write_summary(out, summary)
    if files:
        (out / SCRIPTS).mkdir(exist_ok=True)
    write_whole(files | {out / REPORT: render(findings, summary, scripts)})
    return summary


def render(findings: Findings, summary: BlockSummary, scripts: list[str]) -> str:
    """report.md; `scripts` says for each finding where its reproduction is, or why there is none."""
    words = {0: "conforms", 1: "does not conform", 3: "no evidence"}
    counts = findings.counts
    calls = max(1, counts["calls"])
    rows = [
        ("aten calls seen", counts["calls"]),
        ("of the catalog", f"{counts['watched']} ({100 * counts['watched'] / calls:.0f} %)"),
        ("checked", counts["checked"]),
        ("distinct cases", len(findings.cases)),
        ("operators", f"{len(findings.operators)} of {len(all_watched())}"),
        ("runs by name", counts["runs by name"] + counts["runs by name, kept"]),
        ("verdicts", summary.planned),
        *([("- unseen", unseen)] if (unseen := summary.verdicts["unseen"]) else []),
        ("findings", len(findings) + counts["findings beyond the cap"]),
        ("waived", len(findings.waived) + counts["waived beyond the cap"]),
        ("on tensor subclasses, not looked into", counts["on tensor subclasses"]),
        ("on lines left out", counts["on other lines"]),
        ("without a case", counts["without a case"]),
        ("graphs compiled meanwhile", counts["graphs compiled"]),
        ("seconds", f"{findings.seconds:.1f}, of which {findings.again_seconds:.1f} in running cases again"),
    ]
    program = summary.crossref.program
    unspelled = findings.unspelled.most_common()
    parts = [
        f"# viewproof crossref: {words[findings.status]}",
        f"torch {code(torch.__version__)}{f', {escaped(program)}' if program else ''}.",
        table(("", ""), rows),
        *unseen_lines(summary),
        *(
            ["## Harness errors", "\n".join(f"- {escaped(text)}" for text in findings.errors)]
            if findings.errors
            else []
        ),
        "## Findings",
        "\n\n".join(_finding(one, scripts[place]) for place, one in enumerate(findings)) or "None.",
        "## Waived known issues",
        _waived(findings.waived),
        *_listed("## Problems", findings.problems),
        "## Calls by operator",
        table(("operator", "calls checked"), findings.operators.most_common()),
        *(["## Calls without a case", table(("reason", "calls"), unspelled)] if unspelled else []),
        "## What is seen",
        _NOT_SEEN,
    ]
    return "\n\n".join(parts) + "\n"


def _listed(title: str, texts: list[str]) -> list[str]:
    return [title, "\n".join(f"- {escaped(text)}" for text in texts)] if texts else []


def _finding(finding: LiveFinding, script: str) -> str:
    again = f"run again by name on {escaped(finding.target)}"
    seen_in = "in the program itself" if finding.seen == "live" else again
    lines = [
        f"### {escaped(finding.rule)}: {escaped(finding.operator)} at {escaped(finding.line)}",
        "",
        *([f"    {visible(finding.source)}", ""] if finding.source else []),
        f"- {escaped(all_rules()[finding.rule].summary)}",
        f"- Case: {code(finding.case)}",
        f"- Seen: {seen_in}",
        f"- Expected: {escaped(finding.expected)}",
        f"- Observed: {escaped(finding.observed)}",
        *([f"- Through: {escaped(finding.via)}"] if finding.via else []),
        *([f"- Also at: {', '.join(map(escaped, finding.lines[1:]))}"] if len(finding.lines) > 1 else []),
        f"- Result: {code(finding.result)}",
        f"- Reproduction: {script}",
    ]
    return "\n".join(lines)


def _waived(waived: list[LiveFinding]) -> str:
    by_issue: dict[str, list[LiveFinding]] = {}
    for one in waived:
        by_issue.setdefault(one.known_issue or "", []).append(one)
    rows = [
        (issue, those[0].target, code(min((one.case for one in those), key=len)), len(those))
        for issue, those in sorted(by_issue.items())
    ]
    return table(("known issue", "target", "smallest case", "findings"), rows)
