"""The driver of a run: makes the plan and the output directory, starts workers, writes journal, summary and reports."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from viewproof.engine.asking import Asker, asker_for
from viewproof.engine.counting import Counting
from viewproof.engine.environment import check_device, fingerprint, why_no_cuda
from viewproof.engine.planning import Facts, Planned
from viewproof.engine.pool import LIMITS, real_work, run_chunks
from viewproof.engine.progress import RunProgress
from viewproof.engine.settlement import not_owed, settled_by
from viewproof.engine.split import Work
from viewproof.exported.vendor import install
from viewproof.place import Place, place_in, unlike
from viewproof.records import outdir
from viewproof.records.chunk import Chunk
from viewproof.records.coverage import Coverage, coverage
from viewproof.records.directory import read_unfinished
from viewproof.records.issues import issue_problems
from viewproof.records.journal import Journal
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import Selection
from viewproof.records.refused import not_understood, refused
from viewproof.records.run_json import RunFile, read_run, selection_of
from viewproof.records.summary import Summary, build_summary, exit_status, write_summary


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as it was asked for: what to select, and how to go about it. `seed` shuffles it."""

    selection: Selection = field(default_factory=Selection)
    out: Path = Path("viewproof-out")
    resume: Path | None = None
    jobs: int | None = None
    fail_fast: bool = False
    argv: tuple[str, ...] = ()
    backend: Path | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run left: its summary, its run.json, its records, where they lie, and the exit status."""

    summary: Summary
    run: dict[str, Any]
    records: list[ChunkRecord]
    out: Path
    status: int


class Stopped(KeyboardInterrupt):
    """An interrupt of a run whose directory has been made: what is in `out` can be gone on with."""

    def __init__(self, out: Path) -> None:
        super().__init__(str(out))
        self.out = out


#: Makes files of a finished run: given the directory, the summary, run.json's content, the records, and the function
#: that waits for what the run was swept with, where somebody else finds that out.
Report = Callable[..., None]


def execute(
    request: RunRequest,
    work: Work | None = None,
    *,
    planned: Callable[[Sequence[Chunk]], None] | None = None,
    report: Report | None = None,
) -> RunOutcome:
    """Do the whole run. `planned` is told the plan before anything runs; `report` makes files of the finished run.

    What is not viewproof's own (modules of the user's, a backend's passes, contracts of others) is imported in other
    processes alone, and `report` is called in one of these then. Raises UsageError (exit 2), EmptySelection (3),
    PoolBroken and NotWritten (3), Stopped (the journal is intact), and KeyboardInterrupt before there is one.
    """
    began = time.monotonic()
    earlier = None if request.resume is None else read_run(request.resume)
    out = request.out if request.resume is None else request.resume
    selection = request.selection if earlier is None else selection_of(out, earlier.facts)
    seed = request.seed if earlier is None else earlier.facts.seed
    passes = {} if earlier is None else earlier.facts.passes
    jobs = request.jobs or os.cpu_count() or 1
    with closing(asker_for(selection, request.backend if earlier is None else None, passes)) as asker:
        install(asker.passes)
        plan = asker.plan()
        if planned is not None:
            planned(plan.chunks)
        check_device(selection.device, selection.imports)
        work = real_work(asker.passes) if work is None else work
        done: dict[str, ChunkRecord] = {}
        if earlier is None:
            outdir.claim(out)
            run = _describe(request, selection, plan, jobs) | {"passes": asker.passes}
            outdir.write_json(out / outdir.RUN, run)
        else:
            run = earlier.content
            done = _done(out, earlier, plan, work, asker)
            outdir.claim_again(out)
            outdir.write_json(out / outdir.RUN, run)
        asker.print_to(out.absolute() / outdir.WORKERS)

        def tell(place: Place | str) -> None:
            note_place(run, place)
            outdir.write_json(out / outdir.RUN, run)

        try:
            records, link = _run(
                plan, out, work, asker, tell, done=done, jobs=jobs, imports=selection.imports,
                fail_fast=request.fail_fast, seed=seed,
            )  # fmt: skip
        except KeyboardInterrupt as stopped:
            raise Stopped(out) from stopped
        facts = asker.facts()
        summary = build_summary(
            records,
            torch_version=run["torch"],
            device=selection.device,
            profile=selection.profile,
            plan=plan.hash,
            seconds=time.monotonic() - began,
            coverage=_coverage(records, plan.chunks, facts, selection.profile),
            problems=_problems(records, plan.chunks, facts, run["torch"]),
            journal=link,
        )
        write_summary(out, summary)
        if report is not None:
            asker.report(report, out, summary, run, records)
    return RunOutcome(summary, run, records, out, exit_status(summary))


def _done(out: Path, earlier: RunFile, plan: Planned, work: Work, asker: Asker) -> dict[str, ChunkRecord]:
    """The records that an earlier run left of this plan, by chunk. Each is compared with what its chunk owes.

    Raises UsageError, with the line, where one is of no chunk of the plan or says otherwise than its chunk owes.
    """
    torch = fingerprint()["torch"]
    for name, wanted in (("plan", plan.hash), ("torch", str(torch))):
        if getattr(earlier.facts, name) != wanted:
            raise not_understood(out / outdir.RUN, f"{name} {wanted}, as it is here", getattr(earlier.facts, name))
    records = {record.chunk: record for record in read_unfinished(out, earlier).records}
    chunks = {chunk.name: chunk for chunk in plan.chunks}
    for line, name in enumerate(records, start=1):
        if name not in chunks:
            raise refused(out / outdir.JOURNAL, "a chunk of the plan", name, line)
    if records:
        known = [chunk for chunk in plan.chunks if chunk.name in records]
        batched, asking = asker.batches(known, work, None)
        counting = Counting(asker.apart, asking.owed, batched, limit=LIMITS[known[0].profile])
        wrong = {chunk.name: not_owed(counting.of(chunk), records[chunk.name], chunk)
                 for batch in batched for chunk in batch}  # fmt: skip
        for line, name in enumerate(records, start=1):
            if (one := wrong[name]) is not None:
                raise refused(out / outdir.JOURNAL, *one, line)
    return records


def _run(
    planned: Planned,
    out: Path,
    work: Work,
    asker: Asker,
    tell: Callable[[Place | str], None],
    *,
    done: dict[str, ChunkRecord],
    jobs: int,
    imports: tuple[str, ...],
    fail_fast: bool,
    seed: int | None,
) -> tuple[list[ChunkRecord], str]:
    """The records of the plan, in its order: those that are done, those that run now, and the rest as missing.

    With them comes the last link of the journal.
    """
    plan = planned.chunks
    records = {chunk.name: done[chunk.name] for chunk in plan if chunk.name in done}
    left = [chunk for chunk in plan if chunk.name not in records]
    stopped = fail_fast and any(_fails(record) for record in records.values())
    batched, work = asker.batches(left, work, seed)
    with Journal(out / outdir.JOURNAL, planned.hash) as journal, RunProgress(len(plan)) as progress:
        for record in records.values():
            progress.add(record)
        if left and not stopped:
            chunks = {chunk.name: chunk for chunk in left}
            log = out.absolute() / outdir.WORKERS
            counting = Counting(asker.apart, work.owed, batched, limit=LIMITS[left[0].profile])
            with closing(run_chunks(batched, work, jobs=jobs, imports=imports, log=log, tell=tell)) as running:
                for given in running:
                    chunk = chunks[given.chunk]
                    record = settled_by(counting.of(chunk), given, chunk, work)
                    journal.append(record)
                    records[record.chunk] = record
                    progress.add(record)
                    if fail_fast and _fails(record):
                        break
    for chunk in plan:
        if chunk.name not in records:
            records[chunk.name] = work.planned(chunk)
    return [records[chunk.name] for chunk in plan], journal.link


def note_place(run: dict[str, Any], place: Place | str) -> None:
    """Put where the workers run into run.json's content: `worker`, or `worker_unknown` and why.

    A run that goes on elsewhere keeps where it began, and names the other places in `resumed`.
    """
    environment = run.setdefault("environment", {})
    told = {"worker_unknown": place} if isinstance(place, str) else {"worker": msgspec.to_builtins(place)}
    if "worker" not in environment:
        environment.pop("worker_unknown", None)
        environment.update(told)
    elif isinstance(place, str) or unlike(place_in(environment), place):
        environment.setdefault("resumed", []).append(told)


def _fails(record: ChunkRecord) -> bool:
    return any(failure.verdict != "waived" for failure in record.failures)


def _describe(request: RunRequest, selection: Selection, plan: Planned, jobs: int) -> dict[str, Any]:
    """The content of run.json."""
    environment = fingerprint()
    chunks = plan.chunks
    no_cuda = why_no_cuda() or "the run is on another device"
    return {
        "schema": 1,
        "viewproof": environment["viewproof"],
        "torch": environment["torch"],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "argv": list(request.argv),
        "selection": msgspec.to_builtins(selection),
        "profile": selection.profile,
        "device": selection.device,
        "backend": None if request.backend is None else str(request.backend),
        "seed": request.seed,
        "jobs": jobs,
        "plan": plan.hash,
        "chunks": len(chunks),
        "suites": list(dict.fromkeys(chunk.suite for chunk in chunks)),
        "contracts": plan.contracts,
        "targets": list(dict.fromkeys(target for chunk in chunks for target in chunk.targets)),
        "rules": list(dict.fromkeys(rule for chunk in chunks for rule in chunk.rules)),
        "not_run": {} if selection.device.startswith("cuda") else {"cuda": no_cuda},
        "environment": environment,
    }


def _coverage(records: list[ChunkRecord], plan: Sequence[Chunk], facts: Facts, profile: str) -> Coverage:
    rules = dict.fromkeys(rule for chunk in plan for rule in chunk.rules)
    suites = {name: one.as_suite() for name, one in facts.suites.items()}
    own = {name: suites[name] for name in facts.own}
    return coverage(records, facts.catalog, own, profile, rules, held=[suites[name] for name in facts.planned])


def _problems(records: list[ChunkRecord], plan: Sequence[Chunk], facts: Facts, torch_version: str) -> list[str]:
    suites = {name: one.as_suite() for name, one in facts.suites.items()}
    return issue_problems(facts.issues, records, plan, suites, torch_version)
