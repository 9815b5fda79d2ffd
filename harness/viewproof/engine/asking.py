"""Asks what a run needs of contracts, modules and passes: here where all is viewproof's own, else a process apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from viewproof.contract.installed import suites_of_run
from viewproof.engine.apart import Apart, AskedFailed, Gone
from viewproof.engine.forking import note_threads
from viewproof.engine.modules import import_modules
from viewproof.engine.planning import (
    Batched,
    Facts,
    Planned,
    batched_here,
    concerns_others,
    facts_here,
    planned_here,
    report_there,
)
from viewproof.engine.pool import LIMITS
from viewproof.engine.refused import names_samples, without_refused
from viewproof.engine.split import Work
from viewproof.engine.swept import Swept, checked_cases, sweep_again, swept_apart
from viewproof.errors import UsageError
from viewproof.exported.vendor import install, read_passes
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import Selection
from viewproof.records.summary import Summary


class Asker:
    """The answers of one run. `apart` is the process that counts, and that plans where the run is `foreign`.

    What a foreign run needs is asked before anything runs, so that nothing that happens later can change it.
    """

    def __init__(self, selection: Selection, passes: dict[str, str], apart: Apart, *, foreign: bool) -> None:
        self.selection, self.passes, self.apart, self.foreign = selection, passes, apart, foreign
        self._plan: Planned | None = None
        self._facts: Facts | None = None

    def plan(self) -> Planned:
        """The plan. Raises UsageError and EmptySelection."""
        if not self.foreign:
            self._plan = self._without_refused(planned_here(self.selection))
            return self._plan
        self._plan = self._without_refused(self._asked("the plan", planned_here, self.selection, answer=Planned))
        self._facts = self._asked("the plan", facts_here, *self._of_facts(), answer=Facts)
        return self._plan

    def _without_refused(self, planned: Planned) -> Planned:
        """The plan without what eager refuses of samples that queries name. Their calls are made in the process apart.

        One that ends it, does not end, or cannot be read is in the plan: what comes of it is a verdict.
        """
        if not names_samples(planned.chunks):
            return planned
        limit = LIMITS[self.selection.profile]
        try:
            found: Planned = self.apart.ask(without_refused, planned, answer=Planned, limit=limit)
        except (AskedFailed, Gone):
            return planned
        return found

    def facts(self) -> Facts:
        """What coverage and known issues ask of the suites of the plan."""
        return facts_here(*self._of_facts()) if self._facts is None else self._facts

    def _of_facts(self) -> tuple[list[str], str]:
        assert self._plan is not None, "the plan is asked for first"
        return list(dict.fromkeys(chunk.suite for chunk in self._plan.chunks)), self.selection.profile

    def batches(self, chunks: Sequence[Chunk], work: Work, seed: int | None) -> tuple[list[list[Chunk]], Work]:
        """The batches of the chunks, and `work` that asks its questions about a chunk of the process apart."""
        arguments = list(chunks), seed
        batched = (
            self._asked("the plan", batched_here, *arguments, answer=Batched)
            if self.foreign
            else batched_here(*arguments)
        )
        ask, limits = self.apart.ask, LIMITS
        asking = replace(
            work,
            planned=lambda chunk: ask(work.planned, chunk, answer=ChunkRecord, limit=limits[chunk.profile]),
            count=lambda chunk: ask(work.count, chunk, answer=int, limit=limits[chunk.profile]),
            first=lambda chunk: ask(work.first, chunk, answer=str, limit=limits[chunk.profile]),
            waive=lambda failure, device: ask(work.waive, failure, device, answer=str | None),
            place_of=lambda chunk, case: ask(work.place_of, chunk, case, answer=int, limit=limits[chunk.profile]),
            case_of=lambda chunk, target, one: ask(
                work.case_of, chunk, target, one, answer=int, limit=limits[chunk.profile]
            ),
        )
        return [[_seeded(chunks[place], seed) for place in batch] for batch in batched.places], asking

    def print_to(self, log: Path) -> None:
        """Append what the process apart prints to `log`."""
        self.apart.print_to(log)

    def report(
        self,
        report: Callable[..., None],
        out: Path,
        summary: Summary,
        run: Mapping[str, Any],
        records: Sequence[ChunkRecord],
    ) -> None:
        """Call `report`: here, or where the contracts of others may be imported.

        Here the process apart, which has nothing left to count, meanwhile finds what the run was swept with: it has
        generated all of its cases before. `report` is given the function that waits for that as a fifth argument.
        """
        if not self.foreign:
            report(out, summary, run, records, self._sweeping(records))
            return
        encode = msgspec.msgpack.encode
        self._asked("the reports", report_there, report, out, encode(summary), run, encode(records))

    def _sweeping(self, records: Sequence[ChunkRecord]) -> Callable[[], Swept]:
        """Have the process apart sweep again. What is returned waits for it, and sweeps here where it has no answer."""
        suites, profile = self._of_facts()
        try:
            number = self.apart.put(swept_apart, checked_cases(records), suites, profile)
        except Gone:
            return partial(sweep_again, records, suites_of_run(suites), profile)

        def found() -> Swept:
            try:
                swept: Swept = self.apart.answer(number, Swept)
            except (AskedFailed, Gone):
                return sweep_again(records, suites_of_run(suites), profile)
            return swept

        return found

    def _asked(self, what: str, function: Callable[..., Any], *arguments: Any, answer: Any = None) -> Any:
        try:
            return self.apart.ask(function, *arguments, answer=answer)
        except Gone as gone:
            raise Gone(f"{what}: the process that makes it {gone}") from gone
        except AskedFailed as failed:
            raise AskedFailed(f"{what} cannot be made: {failed}") from failed

    def renew(self) -> None:
        """End the process apart: a question that was broken off has no answer. The next one starts it anew."""
        self.apart.close_process()

    def close(self) -> None:
        """End the process apart."""
        self.apart.close()


def _seeded(chunk: Chunk, seed: int | None) -> Chunk:
    return chunk if seed is None else msgspec.structs.replace(chunk, seed=seed)


def asker_for(selection: Selection, backend: Path | None, passes: dict[str, str]) -> Asker:
    """The asker of a run: the passes are those of the `backend` file, if there is one, else those given.

    Imports the user's modules and the passes in the process apart. Raises UsageError where one cannot be imported, or
    ends the process.
    """
    foreign = concerns_others(selection, backend or passes)
    # What modules and passes load (threads, a device in use) may not survive a fork: that process starts from nothing.
    apart = Apart(forked=not (selection.imports or backend or passes))
    if not foreign:
        return Asker(selection, passes, apart, foreign=False)
    try:
        apart.prepare(note_threads)
        for name in selection.imports:
            _imported(f"--import {name}", partial(apart.prepare, import_modules, (name,)))
        if backend is not None:
            passes = _imported(
                f"backend file {backend}", lambda: apart.ask(read_passes, backend, answer=dict[str, str])
            )
        apart.prepare(install, passes)
    except BaseException:
        apart.close()
        raise
    return Asker(selection, passes, apart, foreign=True)


def _imported(what: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Gone as gone:
        raise UsageError(f"{what}: cannot be imported (the process {gone})") from gone
