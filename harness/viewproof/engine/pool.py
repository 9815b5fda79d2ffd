"""Runs chunks in worker processes and yields one record for each, also where a worker, or what serves it, dies.

Each worker is served by a keeper (`keeper.py`), which this process asks by a pipe of its own. A keeper has every chunk
of its batch judged, whatever its worker dies of. Where a keeper itself dies, another takes its place, and is given what
is left, chunk by chunk; an execution of which a second one dies is not run again.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing import connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import msgspec

from viewproof.cases import parse_case
from viewproof.engine.death import Death, death_by
from viewproof.engine.fault import Fault
from viewproof.engine.forking import forkable, note_threads
from viewproof.engine.forkserver import workers_context
from viewproof.engine.interrupts import interrupts_held
from viewproof.engine.keeper import Answer, Given, Guilty, Said, Setup, keep
from viewproof.engine.modules import import_modules
from viewproof.engine.split import Work, condemn
from viewproof.engine.whereabouts import forget, read, shared_slots
from viewproof.errors import PoolBroken
from viewproof.evidence.bounds import machine_memory
from viewproof.place import Place, asked_threads
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Failure

#: Seconds that a whole chunk may take, by profile; and one execution, where its target runs them one by one.
LIMITS = {"quick": 60.0, "full": 300.0, "exhaustive": 1800.0}
EXECUTION_LIMITS = {"quick": 20.0, "full": 60.0, "exhaustive": 120.0}
#: How often keepers may die without having taken work before the run gives up.
REVIVALS = 3
#: Of how many keepers one chunk may be the death, where it is not known at which execution.
MOST_DEATHS = 3
#: Seconds without a word after which a keeper is taken to be lost: it is stopped, or its machine is no more.
SILENCE = 60.0
#: Seconds that keepers have to end by themselves.
_TO_END = 0.5
#: The least memory, in bytes, that a worker may take before it is ended.
_LEAST_MEMORY = 2 << 30

#: A worker answers in bytes: to read them the driver needs no class of anybody's.
_RECORD = msgspec.msgpack.Decoder(ChunkRecord)
_SAID = msgspec.msgpack.Decoder(Said)


def real_work(passes: Mapping[str, str] | None = None) -> Work:
    """The functions of a real run; `passes` are a backend's own, which the workers run in place of torch's."""
    from viewproof.engine.check import case_of_execution, check_in_worker
    from viewproof.engine.count import count_cases, count_owed, count_planned, first_case, place_of_case
    from viewproof.engine.executions import must_renew

    return Work(
        check=check_in_worker,
        owed=count_owed,
        planned=count_planned,
        count=count_cases,
        first=first_case,
        case_of=case_of_execution,
        place_of=place_of_case,
        start=partial(start_worker, passes=dict(passes or {})),
        waive=known_death,
        forked=not passes,
        spent=must_renew,
    )


def known_death(failure: Failure, device: str) -> str | None:
    """The known issue that says the case dies in this way on this target. A death has no rule, so none is compared."""
    from viewproof.contract.known_issues import issues_for
    from viewproof.evidence.expectation import expect
    from viewproof.evidence.subject import subject_of

    case = parse_case(failure.case)
    subject = subject_of(case, expect(case))
    for issue in issues_for(failure.suite, failure.operator, device):
        alike = (issue.verdict, issue.difference) == (failure.verdict, failure.difference)
        if alike and failure.target in issue.targets and issue.names(subject):
            return issue.id
    return None


def start_worker(imports: tuple[str, ...], passes: Mapping[str, str] | None = None) -> None:
    """Prepare a worker, or what it is forked from: torch's threads, the user's modules and passes.

    A worker ignores Ctrl-C.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import torch

    torch.set_num_threads(asked_threads(os.environ))
    from viewproof.engine.warm import warm_up
    from viewproof.tensors.freed import overwrite_from_now_on

    # Before the user's modules, which may put kernels in the place of those that warming up calls.
    warm_up()
    overwrite_from_now_on()
    if imports or passes:
        note_threads()
    import_modules(imports)
    if passes:
        from viewproof.exported.vendor import install

        install(passes)


class Batch:
    """Chunks that a keeper is given at once, each with the executions of it that keepers have died of."""

    __slots__ = ("answered", "given")

    def __init__(self, given: Sequence[Given]) -> None:
        self.given = list(given)
        self.answered: set[int] = set()

    @property
    def left(self) -> list[int]:
        """The numbers of its chunks that have no answer yet."""
        return [number for number in range(len(self.given)) if number not in self.answered]


class Crew(Protocol):
    """Who has the batches of a run judged: keepers on this machine, or the stations of a cluster."""

    waiting: deque[Batch]
    #: Is told where workers run, once.
    place: Callable[[Place | str], None] | None

    @property
    def busy(self) -> bool:
        """Whether something that was given has no answer yet."""
        ...

    @property
    def asking(self) -> bool:
        """Whether one of them has still to say where its worker runs."""
        ...

    def start(self) -> None:
        """Have as many as there is work for."""
        ...

    def give(self) -> None:
        """Give each that waits a batch."""
        ...

    def listen(self) -> list[tuple[Chunk, Answer | Death]]:
        """What came in since, or comes within a second. Raises PoolBroken where nobody can be had."""
        ...

    def stop(self) -> None:
        """End all processes, whatever they do."""
        ...


class _Keeper:
    """A keeper, from the driver's side."""

    def __init__(self, context: Any, setup: Setup) -> None:
        self.slots = shared_slots(setup.notes)
        forget(self.slots)
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=keep, args=(theirs, setup), daemon=False)
        with interrupts_held():
            self.process.start()
        theirs.close()
        self.batch: Batch | None = None
        #: Whether it has a worker; and whether it is asked where that runs.
        self.ready, self.asked = False, setup.place
        self.heard = time.monotonic()

    def give(self, batch: Batch) -> None:
        """Have it judge the batch. Where it is dead already, its silence is found later."""
        self.batch = batch
        self.heard = time.monotonic()
        with suppress(OSError):
            self.pipe.send_bytes(msgspec.msgpack.encode(batch.given))

    def said(self) -> Said | None:
        """What it said; None where its end of the pipe is closed."""
        try:
            found = _SAID.decode(self.pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        self.heard = time.monotonic()
        self.ready = self.ready or found.ready
        return found

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for too long. One that loads a user's modules has all the time of the world."""
        return self.ready and self.batch is not None and time.monotonic() - self.heard > SILENCE

    def end(self) -> Death:
        """End it, whatever it does; how it ended."""
        lost = self.silent
        self.pipe.close()
        self.process.join(0 if lost else _TO_END)
        if self.process.exitcode is None:
            self.process.kill()
        self.process.join()
        if lost:
            return Death("timeout", "timeout", f"no word for {SILENCE:g} s of the process that serves the worker")
        death = death_by(self.process.exitcode)
        observed = f"the process that serves the worker: {death.observed}"
        return Death(death.verdict, f"{death.cause} of its parent", observed)


class Figures(msgspec.Struct):
    """What a run says of its workers: the most bytes that one held and that it might have held, and how many died."""

    peak: int = 0
    limit: int | None = None
    deaths: int = 0


class Keepers:
    """The keepers of this machine, and what is still to be given to them: the crew of a run, or a part of one."""

    def __init__(self, batches: Iterable[Batch], number: int, setup: Setup, figures: Figures) -> None:
        self.waiting = deque(batches)
        self._number, self._setup, self.figures = number, setup, figures
        # What modules load (threads, a device in use) may not survive a fork: a keeper that imports them is none.
        forked = not forkable(setup.device) or (setup.work.forked and not setup.imports)
        self._context = workers_context(forked=forked)
        self._folder = TemporaryDirectory(prefix="viewproof-workers-")
        self._started = self._revivals = 0
        self.keepers: list[_Keeper] = []
        #: How many keepers died of a chunk that they were given alone, by its name.
        self._deaths: dict[str, int] = {}
        #: Who is asked where workers run, and what is to be told: it is asked once.
        self.place: Callable[[Place | str], None] | None = None

    def start(self, least: int = 0) -> None:
        """Have as many keepers as there is work for, and at `least` so many."""
        busy = sum(keeper.batch is not None for keeper in self.keepers)
        while len(self.keepers) < max(least, min(self._number, busy + len(self.waiting))):
            notes = Path(self._folder.name) / str(self._started)
            asks = self.place is not None and not any(keeper.asked for keeper in self.keepers)
            self.keepers.append(_Keeper(self._context, msgspec.structs.replace(self._setup, notes=notes, place=asks)))
            self._started += 1

    @property
    def ready(self) -> bool:
        """Whether one of them can be given work."""
        return any(keeper.ready for keeper in self.keepers)

    @property
    def busy(self) -> bool:
        return any(keeper.batch is not None for keeper in self.keepers)

    @property
    def asking(self) -> bool:
        """Whether one of them has still to say where its worker runs."""
        return self.place is not None and any(keeper.asked and not keeper.ready for keeper in self.keepers)

    def give(self) -> None:
        """Give each keeper that waits a batch."""
        for keeper in self.keepers:
            if keeper.ready and keeper.batch is None and self.waiting:
                keeper.give(self.waiting.popleft())

    def listen(self) -> list[tuple[Chunk, Answer | Death]]:
        """What came in since, or comes within a second: answers to chunks, and chunks that keepers died of."""
        ready = connection.wait([keeper.pipe for keeper in self.keepers], 1.0)
        came: list[tuple[Chunk, Answer | Death]] = []
        for keeper in list(self.keepers):
            if keeper.pipe in ready:
                said = keeper.said()
                if said is None:
                    came += self._lost(keeper)
                else:
                    came += self._said(keeper, said)
            elif keeper.silent:
                came += self._lost(keeper)
        return came

    def _said(self, keeper: _Keeper, said: Said) -> list[tuple[Chunk, Answer | Death]]:
        self.figures.peak = max(self.figures.peak, said.peak)
        if said.ready:
            self._tell(keeper, said)
        batch = keeper.batch
        if batch is None:
            return []
        batch.answered.update([answer.number for answer in said.answers])
        if said.ended:
            self.figures.deaths += said.deaths
            keeper.batch = None
        return [(batch.given[answer.number].chunk, answer) for answer in said.answers]

    def _tell(self, keeper: _Keeper, said: Said) -> None:
        if keeper.asked and self.place is not None:
            self.place(said.place if said.place is not None else said.placeless)
            self.place = None

    def _lost(self, keeper: _Keeper) -> list[tuple[Chunk, Answer | Death]]:
        """A keeper has died, or is taken to be dead: what it had is given to others. Raises PoolBroken."""
        death = keeper.end()
        where = read(keeper.slots)
        self.keepers.remove(keeper)
        if keeper.batch is None:
            if not keeper.ready:
                self._revivals += 1
            if self._revivals > REVIVALS:
                raise PoolBroken(
                    f"the worker processes died {self._revivals} times without taking work: {death.observed}"
                )
            return []
        batch = keeper.batch
        left = [batch.given[number] for number in batch.left]
        if len(batch.given) > 1:
            # Any of them may have caused it, or none.
            self.waiting.extendleft(Batch([one]) for one in reversed(left))
            return []
        condemned: list[tuple[Chunk, Answer | Death]] = []
        for one in left:
            name = one.chunk.name
            self._deaths[name] = self._deaths.get(name, 0) + 1
            guilty = Guilty(where.target, where.execution, death.cause, death.observed)
            if where.target >= 0 and where.execution >= 0 and self._deaths[name] > 1:
                self.waiting.appendleft(Batch([msgspec.structs.replace(one, guilty=(*one.guilty, guilty))]))
            elif self._deaths[name] < MOST_DEATHS:
                self.waiting.appendleft(Batch([one]))
            else:
                condemned.append((one.chunk, death))
        return condemned

    def stop(self) -> None:
        """End all processes, whatever they do."""
        for keeper in self.keepers:
            keeper.pipe.close()
        for keeper in self.keepers:
            keeper.end()
        self.keepers.clear()
        self._folder.cleanup()


def run_chunks(
    batches: Iterable[Sequence[Chunk]],
    work: Work,
    asking: Work | None = None,
    *,
    jobs: int,
    imports: tuple[str, ...] = (),
    limit: float | None = None,
    log: Path | None = None,
    tell: Callable[[Place | str], None] | None = None,
    figures: Figures | None = None,
    crew: Callable[[list[Batch], int, Setup, Figures], Crew] | None = None,
) -> Generator[ChunkRecord, None, None]:
    """Run the chunks in `jobs` worker processes, a batch at a time; yields one record for each chunk, as they end.

    Close the generator (or leave it by an exception) to stop the workers. What they print is appended to `log`.
    `asking` is `work` that asks its questions about a chunk elsewhere. `limit`, in seconds, is of a chunk and of an
    execution, in place of the profile's. `tell` is given what one worker says of where it runs, or why none did.
    `figures` are brought up to date. `crew` makes those who judge the batches, where they are not on this machine.
    """
    asking = work if asking is None else asking
    waiting = [Batch([Given(chunk) for chunk in chunks]) for chunks in batches if chunks]
    if not waiting:
        return
    device = waiting[0].given[0].chunk.device
    number = max(1, min(jobs, len(waiting)))
    setup = Setup(
        work=work,
        imports=imports,
        device=device,
        notes=Path(),
        limits=LIMITS if limit is None else dict.fromkeys(LIMITS, limit),
        execution=EXECUTION_LIMITS if limit is None else dict.fromkeys(LIMITS, limit),
        memory=memory_limit(number),
        log=log,
        place=False,
    )
    figures = Figures() if figures is None else figures
    figures.limit = setup.memory
    if crew is None:
        keepers: Crew = Keepers(waiting, number, setup, figures)
    else:
        keepers = crew(waiting, number, setup, figures)
    keepers.place = tell
    try:
        while keepers.waiting or keepers.busy or keepers.asking:
            keepers.start()
            came = keepers.listen()
            # Those that wait are given work before the records are looked at.
            keepers.give()
            for chunk, answer in came:
                yield _record_of(chunk, answer, asking)
    finally:
        keepers.stop()


def memory_limit(workers: int) -> int | None:
    """The bytes of memory that each of so many workers may hold: of three quarters of the machine's, its part."""
    memory = machine_memory()
    return None if memory is None else max(memory * 3 // 4 // workers, _LEAST_MEMORY)


def _record_of(chunk: Chunk, answer: Answer | Death, work: Work) -> ChunkRecord:
    if isinstance(answer, Death):
        return condemn(chunk, answer, work)
    if answer.fault is not None:
        return condemn(chunk, _harness_error(answer.fault), work)
    try:
        record = _RECORD.decode(answer.record)
    except msgspec.MsgspecError as error:
        # What a kernel does to the memory of its process, it may do to the record.
        return condemn(chunk, Death("crash", "unreadable record", f"the worker's record cannot be read: {error}"), work)
    overfull = _overfull(record)
    return record if overfull is None else condemn(chunk, overfull, work)


def _harness_error(fault: Fault) -> Death:
    return Death("harness_error", fault.words, str(fault))


def _overfull(record: ChunkRecord) -> Death | None:
    for tally in record.tallies:
        given = sum(tally.verdicts.values())
        if given > tally.planned:
            said = f"{tally.target}/{tally.rule}: {tally.planned} verdicts were planned and {given} given"
            return Death("harness_error", "more verdicts than planned", said)
    return None
