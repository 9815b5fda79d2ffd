"""The driver of a run: makes the plan and the output directory, starts workers, writes journal, summary and reports."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from viewproof.engine.asking import Asker, asker_for
from viewproof.engine.conclusion import Report, concluded
from viewproof.engine.costs import cost_of
from viewproof.engine.counting import Counting
from viewproof.engine.environment import check_device, fingerprint, why_no_cuda
from viewproof.engine.keeper import Setup
from viewproof.engine.planning import Planned, described
from viewproof.engine.pool import LIMITS, Batch, Crew, Figures, real_work, run_chunks
from viewproof.engine.progress import RunProgress
from viewproof.engine.recount import Begun, Recount, begun_in, compare_all
from viewproof.engine.settlement import settled_by
from viewproof.engine.shards import cut
from viewproof.engine.split import Work
from viewproof.engine.stopping import Stopped, StopSignals
from viewproof.exported.vendor import install
from viewproof.place import Place, place_in, unlike
from viewproof.records import outdir
from viewproof.records.chunk import Chunk
from viewproof.records.journal import Journal
from viewproof.records.lock import held
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import Selection
from viewproof.records.run_json import read_run, selection_of, shard_in
from viewproof.records.shard import Shard
from viewproof.records.summary import FAIL_FAST, Stop, Summary, exit_status, write_summary

if TYPE_CHECKING:
    from viewproof.engine.cluster import RayCluster


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as it was asked for: what to select, and how to go about it.

    `seed` shuffles it. `shard` is the part of the plan that is run; all of it where that is None. `cluster` says where
    its workers are, as `--cluster` does; on this machine where that is None.
    """

    selection: Selection = field(default_factory=Selection)
    out: Path = Path("viewproof-out")
    resume: Path | None = None
    jobs: int | None = None
    fail_fast: bool = False
    argv: tuple[str, ...] = ()
    backend: Path | None = None
    seed: int | None = None
    shard: Shard | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run left: its summary, its run.json, its records, where they lie, and the exit status."""

    summary: Summary
    run: dict[str, Any]
    records: list[ChunkRecord]
    out: Path
    status: int


def execute(
    request: RunRequest,
    work: Work | None = None,
    *,
    planned: Callable[[Sequence[Chunk]], None] | None = None,
    report: Report | None = None,
    signals: StopSignals | None = None,
) -> RunOutcome:
    """Do the whole run. `planned` is told the plan before anything runs; `report` makes files of the finished run.

    What is not viewproof's own (modules of the user's, a backend's passes, contracts of others) is imported in other
    processes alone, and `report` is called in one of these then. Where `signals` are heard, one ends the work, and the
    outcome is that of what was done. Raises UsageError (exit 2), EmptySelection (3), PoolBroken and NotWritten (3), and
    Stopped where a signal comes before anything runs or as the reports are written; the journal is intact.
    """
    began = time.monotonic()
    signals = StopSignals() if signals is None else signals
    out = request.out if request.resume is None else request.resume
    # Whether what is in `out` is this run's, to be gone on with.
    ours = request.resume is not None
    try:
        with ExitStack() as ends:
            if request.resume is not None:
                outdir.begun_place(out)
                # What is no run's directory is left without a lock.
                read_run(out)
                ends.enter_context(held(out))
            earlier = None if request.resume is None else read_run(out)
            selection = request.selection if earlier is None else selection_of(out, earlier.facts)
            passes = {} if earlier is None else earlier.facts.passes
            backend = request.backend if earlier is None else None
            asker = ends.enter_context(closing(asker_for(selection, backend, passes)))
            install(asker.passes)
            plan = cut(asker.plan(), request.shard if earlier is None else shard_in(earlier.facts))
            if planned is not None:
                planned(plan.chunks)
            cluster = None
            if request.cluster is None:
                check_device(selection.device, selection.imports)
            else:
                from viewproof.engine.cluster import joined

                cluster = ends.enter_context(joined(request.cluster, selection.device))
            work = real_work(asker.passes) if work is None else work
            begun = Begun()
            if earlier is None:
                outdir.found_place(out)
                ends.enter_context(held(out))
                outdir.claim(out)
                run = _describe(request, selection, plan, cluster) | {"passes": asker.passes}
            else:
                run = earlier.content
                begun = begun_in(out, earlier, plan)
                if len(begun.records) == len(plan.chunks):
                    compare_all(Recount.of(out, begun, plan.chunks), work, asker)
                outdir.claim_again(out, () if begun.summary is None else (outdir.SUMMARY,))
            outdir.write_json(out / outdir.RUN, run)
            ours = True
            done = _Run(request, out, plan, work, asker, run, begun, signals, cluster).go()
            summary = begun.summary
            if summary is None:
                summary = concluded(
                    done.records, plan, run, asker,
                    seconds=time.monotonic() - began, journal=done.link, stopped=done.stopped,
                )  # fmt: skip
                write_summary(out, summary)
            (out / outdir.COMPARED).unlink(missing_ok=True)
            if report is not None:
                asker.report(report, out, summary, run, done.records)
    except Stopped as stopped:
        stopped.out = out if ours else None
        raise
    return RunOutcome(summary, run, done.records, out, exit_status(summary))


class _Done(NamedTuple):
    """The records that the run has, in the plan's order, the last link of its journal, and what stopped it, if any."""

    records: list[ChunkRecord]
    link: str
    stopped: Stop


@dataclass(frozen=True, slots=True)
class _Run:
    """A run whose directory is made: what is there of it, and what does the rest."""

    request: RunRequest
    out: Path
    planned: Planned
    work: Work
    asker: Asker
    run: dict[str, Any]
    begun: Begun
    signals: StopSignals
    cluster: RayCluster | None

    def go(self) -> _Done:
        """Run what has no record yet. Raises NotTrusted where a record that was there is none that its chunk owes."""
        plan = self.planned.chunks
        records = {record.chunk: record for record in self.begun.records}
        left = [chunk for chunk in plan if chunk.name not in records]
        stopped: Stop = ""
        if left and self.request.fail_fast and any(_fails(record) for record in records.values()):
            compare_all(Recount.of(self.out, self.begun, plan), self.work, self.asker)
            stopped = FAIL_FAST
        with (
            Journal(self.out / outdir.JOURNAL, self.planned.hash) as journal,
            RunProgress(plan, self.begun.records, cost_of) as progress,
        ):
            self.asker.print_to(self.out.absolute() / outdir.WORKERS)
            if left and not stopped:
                try:
                    stopped = self._work(left, records, journal, progress)
                except Stopped as stop:
                    if len(records) == len(plan):
                        # Nothing was left but the end, and perhaps not all was compared: that is for whoever goes on.
                        raise
                    stopped = stop.by
                    # A question that was broken off there has no answer.
                    self.asker.renew()
            self.signals.go_on()
        found = [records[chunk.name] for chunk in plan if chunk.name in records]
        return _Done(found, journal.link, stopped if len(found) < len(plan) else "")

    def _work(
        self, left: Sequence[Chunk], records: dict[str, ChunkRecord], journal: Journal, progress: RunProgress
    ) -> Stop:
        """Run the chunks that are left, and put their records in `records` and the journal. Says what stopped it."""
        batched, asking = self.asker.batches(left, self.work, self.run.get("seed"))
        chunks = {chunk.name: chunk for chunk in left}
        recount = Recount.of(self.out, self.begun, self.planned.chunks)
        counting = Counting(self.asker.apart, asking.owed, recount.beside(batched), limit=LIMITS[left[0].profile])
        figures = Figures()
        running = run_chunks(
            batched,
            self.work,
            asking,
            jobs=self.request.jobs or (os.cpu_count() or 1 if self.cluster is None else self.cluster.places),
            imports=self.asker.selection.imports,
            log=self.out.absolute() / outdir.WORKERS,
            tell=self._tell,
            figures=figures,
            crew=None if self.cluster is None else partial(_stations, self.cluster),
        )
        stopped: Stop = ""
        try:
            with closing(running):
                for given in running:
                    chunk = chunks[given.chunk]
                    record = settled_by(counting.of(chunk), given, chunk, asking)
                    with self.signals.held():
                        journal.append(record)
                        records[record.chunk] = record
                    progress.add(record)
                    recount.compare(counting)
                    recount.note(len(records), journal.link)
                    if self.request.fail_fast and _fails(record):
                        stopped = FAIL_FAST
                        break
                    self.signals.heed()
            self._note_workers(figures)
            recount.compare(counting, wait=True)
        except Stopped:
            recount.note(len(records), journal.link, now=True)
            raise
        return stopped

    def _note_workers(self, figures: Figures) -> None:
        """Put into run.json how much memory a worker held at most, and how many died, with those of earlier parts."""
        known = self.run.get("workers", {})
        self.run["workers"] = {
            "peak_memory": max(figures.peak, known.get("peak_memory", 0)),
            "memory_limit": figures.limit,
            "deaths": figures.deaths + known.get("deaths", 0),
        }
        outdir.write_json(self.out / outdir.RUN, self.run)

    def _tell(self, place: Place | str) -> None:
        note_place(self.run, place)
        outdir.write_json(self.out / outdir.RUN, self.run)


def _stations(cluster: RayCluster, batches: list[Batch], number: int, setup: Setup, figures: Figures) -> Crew:
    from viewproof.engine.stations import Stations

    return Stations(cluster, batches, number, setup, figures)


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


def _describe(request: RunRequest, selection: Selection, plan: Planned, cluster: RayCluster | None) -> dict[str, Any]:
    """The content of run.json."""
    environment = fingerprint()
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
        "jobs": request.jobs or (os.cpu_count() or 1 if cluster is None else cluster.places),
        "cluster": request.cluster,
        "shard": None if request.shard is None else str(request.shard),
        **described(plan),
        "not_run": {} if selection.device.startswith("cuda") else {"cuda": no_cuda},
        "environment": environment,
    }
