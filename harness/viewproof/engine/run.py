"""The driver of a run: makes the plan and the output directory, starts workers, writes journal, summary and reports."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from viewproof.contract.installed import contract_of_suite, find_suite, origin_of, own_suites
from viewproof.contract.known_issues import in_force, issues_of_suites
from viewproof.engine.environment import check_device, fingerprint, why_no_cuda
from viewproof.engine.plan import plan_hash, plan_of
from viewproof.engine.pool import real_work, run_chunks
from viewproof.engine.progress import RunProgress
from viewproof.engine.shuffle import shuffled_batches
from viewproof.engine.split import Work
from viewproof.engine.workload import batches
from viewproof.errors import UsageError
from viewproof.exported.vendor import install, read_passes
from viewproof.place import Place, place_in, unlike
from viewproof.place.folder import search_here
from viewproof.records import outdir
from viewproof.records.chunk import Chunk
from viewproof.records.coverage import Coverage, coverage
from viewproof.records.issues import issue_problems
from viewproof.records.journal import Journal, read_journal
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import Selection
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


def import_modules(names: tuple[str, ...]) -> None:
    """Import the user's modules, so that their kernels register. Raises UsageError where one cannot be imported."""
    if names:
        search_here()
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            raise UsageError(f"--import {name}: cannot be imported ({said})") from error


def execute(request: RunRequest, work: Work | None = None) -> RunOutcome:
    """Do the whole run. Raises UsageError (exit 2), EmptySelection (3), KeyboardInterrupt (the journal is intact)."""
    began = time.monotonic()
    earlier = None if request.resume is None else outdir.read_run(request.resume)
    out = request.out if request.resume is None else request.resume
    selection = request.selection if earlier is None else outdir.selection_of(out, earlier)
    seed = request.seed if earlier is None else outdir.seed_of(out, earlier)
    import_modules(selection.imports)
    passes = read_passes(request.backend) if earlier is None else dict(earlier.get("passes", {}))
    install(passes)
    plan = plan_of(selection)
    hash_ = plan_hash(plan)
    jobs = request.jobs or os.cpu_count() or 1
    check_device(selection.device, selection.imports)
    work = real_work(passes) if work is None else work
    try:
        issues_of_suites(dict.fromkeys(chunk.suite for chunk in plan))
    except ValueError as error:  # before an earlier run in the same place is replaced
        raise UsageError(str(error)) from error
    if earlier is None:
        outdir.claim(out)
        run = _describe(request, selection, plan, hash_, jobs) | {"passes": passes}
        outdir.write_json(out / outdir.RUN, run)
    else:
        run = earlier
        if run.get("plan") != hash_ or run.get("torch") != fingerprint()["torch"]:
            raise UsageError(f"run directory {out}: wanted the plan {hash_} of this torch, got {run.get('plan')}")

    def tell(place: Place | str) -> None:
        note_place(run, place)
        outdir.write_json(out / outdir.RUN, run)

    records = _run(plan, out, work, tell, jobs=jobs, imports=selection.imports, fail_fast=request.fail_fast, seed=seed)
    summary = build_summary(
        records,
        torch_version=run["torch"],
        device=selection.device,
        profile=selection.profile,
        plan=hash_,
        seconds=time.monotonic() - began,
        coverage=_coverage(records, plan, selection.profile),
        problems=_problems(records, plan, run["torch"]),
    )
    write_summary(out, summary)
    return RunOutcome(summary, run, records, out, exit_status(summary))


def _run(
    plan: tuple[Chunk, ...],
    out: Path,
    work: Work,
    tell: Callable[[Place | str], None],
    *,
    jobs: int,
    imports: tuple[str, ...],
    fail_fast: bool,
    seed: int | None,
) -> list[ChunkRecord]:
    """The records of the plan, in its order: those of the journal, those that run now, and the rest as missing."""
    path = out / outdir.JOURNAL
    found = {record.chunk: record for record in read_journal(path)}
    records = {chunk.name: found[chunk.name] for chunk in plan if chunk.name in found}
    left = [chunk for chunk in plan if chunk.name not in records]
    stopped = fail_fast and any(_fails(record) for record in records.values())
    with Journal(path) as journal, RunProgress(len(plan)) as progress:
        for record in records.values():
            progress.add(record)
        if left and not stopped:
            log = out.absolute() / outdir.WORKERS
            batched = batches(left) if seed is None else shuffled_batches(left, seed)
            with closing(run_chunks(batched, work, jobs=jobs, imports=imports, log=log, tell=tell)) as running:
                for record in running:
                    journal.append(record)
                    records[record.chunk] = record
                    progress.add(record)
                    if fail_fast and _fails(record):
                        break
    for chunk in plan:
        if chunk.name not in records:
            records[chunk.name] = work.planned(chunk)
    return [records[chunk.name] for chunk in plan]


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


def _describe(
    request: RunRequest, selection: Selection, plan: tuple[Chunk, ...], hash_: str, jobs: int
) -> dict[str, Any]:
    """The content of run.json."""
    environment = fingerprint()
    suites = dict.fromkeys(chunk.suite for chunk in plan)
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
        "seed": request.seed,
        "jobs": jobs,
        "plan": hash_,
        "chunks": len(plan),
        "suites": list(suites),
        "contracts": _contracts(suites),
        "targets": list(dict.fromkeys(target for chunk in plan for target in chunk.targets)),
        "rules": list(dict.fromkeys(rule for chunk in plan for rule in chunk.rules)),
        "not_run": {} if selection.device.startswith("cuda") else {"cuda": no_cuda},
        "environment": environment,
    }


def _contracts(suites: Iterable[str]) -> list[dict[str, str]]:
    """The contracts that the suites are of, and who ships each in which version."""
    contracts = {contract.name: contract for contract in map(contract_of_suite, suites)}
    origins = [origin_of(contract) for contract in contracts.values()]
    return [{"name": one.name, "distribution": one.distribution, "version": one.version} for one in origins]


def _coverage(records: list[ChunkRecord], plan: tuple[Chunk, ...], profile: str) -> Coverage:
    from viewproof.catalog import catalog

    rules = dict.fromkeys(rule for chunk in plan for rule in chunk.rules)
    held = [find_suite(name) for name in dict.fromkeys(chunk.suite for chunk in plan)]
    return coverage(records, catalog(), own_suites(), profile, rules, held=held)


def _problems(records: list[ChunkRecord], plan: tuple[Chunk, ...], torch_version: str) -> list[str]:
    planned = dict.fromkeys(chunk.suite for chunk in plan)
    suites = {suite.name: suite for name in planned for suite in contract_of_suite(name).suites}
    return issue_problems(in_force(issues_of_suites(planned)), records, plan, suites, torch_version)
