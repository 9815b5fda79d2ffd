"""Makes the shards of one run into that run: what the whole plan would have left, had one machine run it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from viewproof.engine.asking import asker_for
from viewproof.engine.conclusion import Report, concluded
from viewproof.engine.environment import fingerprint
from viewproof.engine.planning import Planned, described
from viewproof.engine.run import RunOutcome
from viewproof.engine.shards import shards_of
from viewproof.errors import UsageError
from viewproof.exported.vendor import install
from viewproof.records import outdir
from viewproof.records.journal import Journal
from viewproof.records.lock import held
from viewproof.records.merging import Part, in_order, merged_run, read_parts
from viewproof.records.model import ChunkRecord
from viewproof.records.refused import not_understood
from viewproof.records.run_json import selection_of
from viewproof.records.summary import exit_status, write_summary
from viewproof.regular import read_regular


def merge(paths: Sequence[Path], out: Path, argv: Sequence[str] = (), *, report: Report | None = None) -> RunOutcome:
    """Merge the shards in these run directories into the run directory `out`, and conclude it as a run is.

    The plan is made here anew, as a run makes it, and each of its chunks must have its record in the shard that it is
    dealt to. Nothing is run. Raises UsageError (exit 2) and NotTrusted (3) as `read_parts` and `in_order` do, the first
    too where the plan, torch or known issues here are others than the shards' and where `out` is one of the shards, and
    what the making of a plan raises.
    """
    parts = read_parts(paths)
    _apart_from(out, parts)
    first = parts[0]
    with closing(asker_for(selection_of(first.path, first.facts), None, first.facts.passes)) as asker:
        install(asker.passes)
        plan = asker.plan()
        _as_here(first, plan)
        dealt = [[chunk.name for chunk in shard] for shard in shards_of(plan.chunks, first.shard.count)]
        by_chunk = in_order(parts, dealt)
        records = [by_chunk[chunk.name] for chunk in plan.chunks]
        outdir.found_place(out)
        with held(out):
            outdir.claim(out)
            run = merged_run(parts, described(plan), argv)
            outdir.write_json(out / outdir.RUN, run)
            link = _write_journal(out, plan, records)
            _gather_prints(out, parts)
            asker.print_to(out.absolute() / outdir.WORKERS)
            # They may have run side by side: the run took as long as the longest of them.
            seconds = max(part.seconds for part in parts)
            summary = concluded(records, plan, run, asker, seconds=seconds, journal=link)
            write_summary(out, summary)
            if report is not None:
                asker.report(report, out, summary, run, records)
    return RunOutcome(summary, run, records, out, exit_status(summary))


def _apart_from(out: Path, parts: Sequence[Part]) -> None:
    for part in parts:
        if out.resolve() == part.path.resolve():
            raise UsageError(f"--out {out}: wanted another directory than the shards', got that of {part.shard}")


def _as_here(part: Part, plan: Planned) -> None:
    """Raise UsageError where the shards were made by what is not here: what they come to could not be told."""
    here = (
        ("torch", str(fingerprint()["torch"]), part.facts.torch),
        ("torch's commit", fingerprint()["torch_git"], part.facts.environment and part.facts.environment.torch_git),
        ("plan", plan.hash, part.facts.plan),
        ("known issues", plan.known_issues, part.facts.known_issues),
    )
    for name, wanted, got in here:
        if wanted != got:
            raise not_understood(part.path / outdir.RUN, f"{name} {wanted}, as here", got)


def _write_journal(out: Path, plan: Planned, records: Sequence[ChunkRecord]) -> str:
    """Write the records in the order of the plan, chained anew. Returns the last link."""
    with Journal(out / outdir.JOURNAL, plan.hash) as journal:
        for record in records:
            journal.append(record)
        return journal.link


def _gather_prints(out: Path, parts: Sequence[Part]) -> None:
    """Put what the shards' workers printed into one file, each under a line that names the shard."""
    with (out / outdir.WORKERS).open("xb") as log:
        for part in parts:
            said = part.path / outdir.WORKERS
            content = read_regular(said) if said.exists() else b""
            log.write(f"--- shard {part.shard}\n".encode() + content)
            if content and not content.endswith(b"\n"):
                log.write(b"\n")
