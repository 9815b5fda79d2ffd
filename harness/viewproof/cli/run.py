"""`viewproof run`: check, report, and exit with what it came to."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from viewproof.cli.options import NoEvidence, Refusal, refusals, selection_options
from viewproof.cli.output import say
from viewproof.engine.forkserver import start_ahead
from viewproof.engine.stopping import Stopped, StopSignals
from viewproof.engine.uncollected import uncollected
from viewproof.records.outdir import Selection
from viewproof.records.shard import parse_shard
from viewproof.reports.brief import brief

if TYPE_CHECKING:
    from viewproof.engine.run import RunOutcome
    from viewproof.records.coverage import OperatorCoverage

#: What a resumed run has from its run.json, by the parameter's name, in the words of the user.
_KEPT_ON_RESUME = {
    name: name for name in ("queries", "level", "device", "profile", "imports", "contracts", "backend", "shard", "out")
} | {"seed": "shuffle"}
#: The most findings that are listed at the end; the report has all.
SHOWN = 20


@click.command
@selection_options
@click.option(
    "--shuffle",
    "seed",
    type=click.IntRange(min=0),
    metavar="SEED",
    help="Run the plan in another order and in other batches, as SEED says. No verdict may change by it.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Run the I-th of N parts of the plan, which cost the same; `merge` makes them one run.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes.  [default: one a CPU]")
@click.option(
    "--cluster",
    metavar="ray[://HOST:PORT]",
    help="Run on a Ray cluster: this machine's, or that of a Ray client server. A worker is one CPU, or one GPU.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="viewproof-out",
    show_default=True,
    metavar="DIR",
    help="The run directory; an earlier run there is replaced.",
)
@click.option(
    "--backend",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="What the backend puts in torch's place: [passes] view_to_copy, side_effects = 'module:Class'.",
)
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with the run in DIR.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first chunk with a failure.")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    seed: int | None,
    shard: str | None,
    jobs: int | None,
    cluster: str | None,
    out: Path,
    backend: Path | None,
    resume: Path | None,
    fail_fast: bool,
    **selected: Any,
) -> None:
    """Check the view contract, and write a report.

    Exit status: 0 conforms, 1 does not, 2 wrong usage, 3 no evidence (harness error, missing
    verdict, nothing selected, nothing compared). A shard in which there is nothing, or nothing to
    compare, is 0: what all of them come to is for `merge` to say.
    """
    if resume is not None:
        given = [
            word
            for name, word in _KEPT_ON_RESUME.items()
            if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            and context.params[name] not in {None, ()}
        ]
        if given:
            raise Refusal(f"--resume goes on with what the run was asked for: give no {', '.join(given)} with it")
    with refusals():
        part = None if shard is None else parse_shard(shard)
    with refusals(), StopSignals() as signals:
        try:
            if resume is None and backend is None and not selected["imports"]:
                start_ahead()
            # Loads torch, while the workers' server loads it too.
            with uncollected(kept=True):
                from viewproof.engine.run import RunRequest, execute
                from viewproof.reports.run_files import write_reports

            argv = tuple(sys.argv[1:])
            request = RunRequest(
                Selection(**selected), out, resume, jobs, fail_fast, argv, backend, seed, part, cluster
            )
            finished = execute(request, report=write_reports, signals=signals)
        except Stopped as stopped:
            raise NoEvidence(_stopped(stopped)) from None
    if finished.status == NoEvidence.exit_code and finished.summary.stopped:
        raise NoEvidence(_partial(finished))
    for line in closing_lines(finished):
        say(line)
    context.exit(finished.status)


def _stopped(stopped: Stopped) -> str:
    """What is said where a signal left no reports."""
    if stopped.out is None:
        return f"stopped by {stopped.by}, before anything was run"
    return f"stopped by {stopped.by}, without reports; what is done is kept: go on with {_resumed(stopped.out)}"


def _partial(finished: RunOutcome) -> str:
    """What is said where a signal stopped the work, and the reports are of what was done until then."""
    from viewproof.records.summary import how_stopped

    how = how_stopped(finished.summary, finished.run.get("chunks"))
    return f"{how}; the reports are partial: go on with {_resumed(finished.out)}"


def _resumed(out: Path) -> str:
    return f"--resume {shlex.quote(str(out))}"


def _shuffled(run: Mapping[str, Any]) -> list[str]:
    return [] if run.get("seed") is None else [f"shuffled by seed {run['seed']}"]


def _workers(figures: Mapping[str, Any]) -> list[str]:
    """How much memory a worker held at most, of how much that it may, and how many died; nothing where nobody knows."""
    if not figures.get("peak_memory"):
        return []
    limit = f" of the {figures['memory_limit'] >> 20} that it may" if figures.get("memory_limit") else ""
    deaths = f"; workers died {figures['deaths']} times" if figures.get("deaths") else ""
    return [f"memory: a worker held {figures['peak_memory'] >> 20} MiB at most{limit}{deaths}"]


def _operators(counts: OperatorCoverage) -> list[str]:
    """How much of the catalog was covered; nothing where the run is about something else (samples, histories)."""
    if counts.uncovered == counts.catalog:
        return []
    return [
        f"operators: {counts.covered} of {counts.catalog} covered, {counts.partly} partly, "
        f"{counts.uncovered} not at all"
    ]


def closing_lines(finished: RunOutcome) -> list[str]:
    """The short summary at the end of a run."""
    from viewproof.records.summary import how_stopped, why_no_evidence
    from viewproof.reports.counts import UNSEEN
    from viewproof.reports.parts import part_lines

    summary, out = finished.summary, finished.out
    counts = ", ".join(f"{number} {verdict}" for verdict, number in summary.verdicts.items() if number)
    reused = f" ({summary.reused} take their evidence from another suite's)" if summary.reused else ""
    lines = [
        f"viewproof {summary.viewproof}, torch {summary.torch}, {summary.device}, {summary.profile}",
        f"{summary.cases} cases, {summary.executions} executions{reused}, {summary.planned} verdicts: {counts}",
        *([UNSEEN] if summary.verdicts.get("unseen") else []),
        *_shuffled(finished.run),
        *part_lines(finished.run),
        *_operators(summary.coverage.operators),
        f"{summary.seconds:.1f} s, of which {summary.checking_seconds:.1f} s in checking (summed over workers)",
    ]
    findings = [finding for finding in summary.findings if finding.verdict != "waived"]
    waived = len(summary.findings) - len(findings)
    for finding in findings[:SHOWN]:
        lines.append(f"{finding.verdict.upper()} {finding.result}  ({finding.count} alike)")
        lines.append(f"  expected {brief(finding.expected)}")
        lines.append(f"  observed {brief(finding.observed)}")
    if len(findings) > SHOWN:
        lines.append(f"... and {len(findings) - SHOWN} more findings: see the report")
    if waived:
        lines.append(f"waived: {waived} findings of known issues (listed in the report)")
    lines += [f"problem: {problem}" for problem in summary.problems]
    lines += _workers(finished.run.get("workers", {}))
    lines += [f"{device.upper()}: not run ({why})" for device, why in finished.run.get("not_run", {}).items()]
    if how := how_stopped(summary, finished.run.get("chunks")):
        lines.append(f"{how}: go on with {_resumed(out)}")
    lines.append(f"report: {out / 'report.html'}   as text: {out / 'report.md'}   summary: {out / 'summary.json'}")
    none = f"no evidence: {why_no_evidence(summary)}"
    lines.append({0: "conforms", 1: "does not conform"}.get(finished.status, none))
    return lines
