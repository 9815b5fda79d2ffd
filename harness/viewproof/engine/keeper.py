"""A keeper: a process that serves one worker. It hands chunks to it, ends it where it must, and starts the next.

The worker is a child of its keeper: forked from it, which takes milliseconds, where the keeper itself could load all
that a worker needs and that started no thread and no device; else one that has started from nothing, of which the next
is started while this one works. Whatever a kernel does to its parent, it does to the guard of a fork (`process.py`), or
to one keeper, which the driver replaces (`pool.py`).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from viewproof.engine.child import Abandoned, Child, Died, Faulty, Limits
from viewproof.engine.death import Death
from viewproof.engine.fault import Fault, fault_of
from viewproof.engine.forking import forkable, may_fork
from viewproof.engine.guilt import Guilt
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.order import Order
from viewproof.engine.prints import print_to
from viewproof.engine.process import adopt_orphans
from viewproof.engine.quiet import quiet
from viewproof.engine.split import Work
from viewproof.engine.whereabouts import begin_chunk
from viewproof.place import Place
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord

#: Seconds that a worker keeps records before it hands them on.
_HANDED_ON = 0.25
#: Seconds after which a keeper says that it is there, if it has nothing else to say.
_A_BEAT = 1.0
#: A worker ends after so many batches, so that what torch's caches gather in it is given back.
BATCHES_A_WORKER = 2000
#: After how many executions of an operator on a target that did not end the next ones have less time, in seconds.
HUNG, HASTE = 3, 2.0
#: Seconds that a worker may take to say where it runs; and to say what a chunk holds.
_PLACE_LIMIT, ASKING_LIMIT = 60.0, 300.0
#: The bytes of what its workers print that a keeper writes into the log; what is beyond them is only counted.
LOGGED = 8 << 20


class Setup(msgspec.Struct, frozen=True):
    """What a keeper is told as it starts. Limits are seconds of a chunk (by its profile) and of one execution, bytes.

    `notes` is a file of its own, in which its workers note where they are; `log` takes what they print. `place` says
    that its worker is to be asked where it runs.
    """

    work: Work
    imports: tuple[str, ...]
    device: str
    notes: Path
    limits: dict[str, float]
    execution: dict[str, float]
    memory: int | None
    log: Path | None
    place: bool


class Guilty(msgspec.Struct, frozen=True, array_like=True):
    """An execution of a chunk that ended the keeper itself, by the numbers that its worker had noted, and how."""

    target: int
    execution: int
    cause: str
    observed: str


class Given(msgspec.Struct, frozen=True, array_like=True):
    """One chunk that a keeper is to have judged; `guilty` are executions of it that must not be run again."""

    chunk: Chunk
    guilty: tuple[Guilty, ...] = ()


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a chunk, by its number in the batch: its record as bytes, or what went wrong in the harness.

    `flaky` says that the record holds a failure that did not come again.
    """

    number: int
    record: bytes = b""
    fault: Fault | None = None
    flaky: bool = False


class Word(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What is said of a worker by what serves it.

    `ready` once there is one, with its place, or why that is not known, where it was asked; `ended` after the last
    answer of a batch. `peak` is the most bytes of memory that a worker held, `deaths` how many have died of the batch.
    """

    ready: bool = False
    ended: bool = False
    place: Place | None = None
    placeless: str = ""
    peak: int = 0
    deaths: int = 0


class Said(Word, frozen=True, array_like=True, kw_only=True):
    """What a keeper says to its driver. All of it can be left out: then it says that it is there."""

    answers: list[Answer] = []


def keep(pipe: Any, setup: Setup) -> None:
    """The life of a keeper: one batch after the other, until its driver closes the pipe."""
    with suppress(OSError):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The signal that ends the driver may be sent to all of its processes: it is the driver that ends this one.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with_parent()
    adopt_orphans()
    keeper = _Keeper(pipe, setup)
    try:
        keeper.begin()
        while True:
            keeper.judge(msgspec.msgpack.decode(pipe.recv_bytes(), type=list[Given]))
    except (EOFError, OSError, Abandoned):
        return
    finally:
        keeper.close()


class _Keeper:
    def __init__(self, pipe: Any, setup: Setup) -> None:
        self._pipe, self._setup = pipe, setup
        self._bench = _Bench(setup, pipe, self._beat)
        ask = self._bench.ask
        work = setup.work
        #: The work whose questions are asked of a worker: this process runs nothing of anybody's.
        self._asking = replace(
            work,
            planned=lambda chunk: ask(work.planned, chunk, answer=ChunkRecord),
            count=lambda chunk: ask(work.count, chunk, answer=int),
            first=lambda chunk: ask(work.first, chunk, answer=str),
            case_of=lambda chunk, target, execution: ask(work.case_of, chunk, target, execution, answer=int),
            place_of=lambda chunk, case: ask(work.place_of, chunk, case, answer=int),
            waive=lambda failure, device: ask(work.waive, failure, device, answer=str | None),
        )
        self._said = time.monotonic()

    def begin(self) -> None:
        """Have a worker, and say so."""
        place, placeless = None, ""
        try:
            self._bench.begin()
            if self._setup.place:
                place = self._bench.ask(say_place, self._setup.work.place, answer=Place, limit=_PLACE_LIMIT)
        except Died as died:
            placeless = f"the worker that was asked: {died.death.observed}"
        except Faulty as faulty:
            placeless = f"the worker that was asked raised {faulty.fault.words}"
        self._say(Said(ready=True, place=place, placeless=placeless))

    def _say(self, said: Said) -> None:
        self._said = time.monotonic()
        self._pipe.send_bytes(msgspec.msgpack.encode(said))

    def _beat(self) -> None:
        if time.monotonic() - self._said > _A_BEAT:
            self._say(Said())

    def judge(self, given: list[Given]) -> None:
        """Have each chunk judged, and say their records as they come."""
        left = list(range(len(given)))
        while left:
            if given[left[0]].guilty:
                one = left.pop(0)
                self._answer(one, self._around(given[one]))
                continue
            some = left[: next((place for place, one in enumerate(left) if given[one].guilty), len(left))]
            left = left[len(some) :]
            again, died = self._run([given[one].chunk for one in some], some)
            if died is not None:
                chunk = given[some[died[0]]].chunk
                before = [given[one].chunk for one in some[: died[0]]]
                record = Guilt(self._bench, self._asking).record(chunk, died[1], before)
                self._answer(some[died[0]], record)
            left = [*[some[place] for place in again], *left]
        self._say(Said(ended=True, peak=self._bench.peak, deaths=self._bench.deaths))
        self._bench.deaths = 0
        self._bench.after_batch()

    def _run(self, chunks: list[Chunk], numbers: list[int]) -> tuple[list[int], tuple[int, Death] | None]:
        """Run the chunks together. Returns those that must be run again, by place, and of which the worker died."""
        answered: set[int] = set()
        unsure: list[Answer] = []
        try:
            for answers in self._bench.each(chunks):
                answered.update([answer.number for answer in answers])
                unsure += [answer for answer in answers if answer.flaky]
                sure = [msgspec.structs.replace(one, number=numbers[one.number]) for one in answers if not one.flaky]
                self._say(Said(answers=sure))
        except Died as died:
            left = [place for place in range(len(chunks)) if place not in answered]
            where = died.death.where
            # A worker that has noted none of these died between two chunks.
            place = where.chunk if where is not None and where.chunk in left else (left or [len(chunks) - 1])[0]
            return [one for one in left if one != place], ((place, died.death) if left else None)
        except Faulty as faulty:
            left = [place for place in range(len(chunks)) if place not in answered]
            self._say(Said(answers=[Answer(numbers[place], fault=faulty.fault) for place in left]))
            return [], None
        finally:
            for one in unsure:
                self._answer(numbers[one.number], self._ordered(chunks[one.number], _RECORD.decode(one.record)))
        # A worker that a chunk has left changed for good gives no more answers.
        return [place for place in range(len(chunks)) if place not in answered], None

    def _ordered(self, chunk: Chunk, record: ChunkRecord) -> ChunkRecord:
        try:
            return Order(self._bench, self._asking).named(chunk, record)
        except (Died, Faulty):
            # Nobody can say which case comes before which: the record stands as it is.
            return record

    def _around(self, given: Given) -> ChunkRecord:
        return Guilt(self._bench, self._asking).around(
            given.chunk,
            [(one.target, one.execution, Death("crash", one.cause, one.observed)) for one in given.guilty],
        )

    def _answer(self, number: int, record: ChunkRecord) -> None:
        self._say(Said(answers=[Answer(number, msgspec.msgpack.encode(record))]))

    def close(self) -> None:
        self._bench.close()


def say_place(place: Callable[[], Place]) -> Place:
    """In a worker: describe where it runs."""
    with quiet:
        return place()


#: What kept this worker from being prepared: the answer to every chunk.
_not_started: Fault | None = None


def start(begin: Callable[[tuple[str, ...]], None], imports: tuple[str, ...]) -> None:
    """Prepare this process, or the one that it is forked from, as a worker. What goes wrong is its answer to chunks."""
    global _not_started
    try:
        begin(imports)
    except BaseException as error:  # noqa: BLE001 -- kept, and given as the answer to every chunk
        _not_started = fault_of(error)


def _check_one(check: Callable[[Chunk], ChunkRecord], number: int, chunk: Chunk) -> Answer:
    """What a worker does with a chunk. An exception here is the harness's own: torch's are observations."""
    if _not_started is not None:
        return Answer(number, fault=_not_started)
    begin_chunk(number)
    try:
        record = check(chunk)
        flaky = any(failure.verdict == "flaky" for failure in record.failures)
        return Answer(number, msgspec.msgpack.encode(record), flaky=flaky)
    except BaseException as error:  # noqa: BLE001 -- it becomes the chunk's harness_error
        return Answer(number, fault=fault_of(error))


def check_each(
    check: Callable[[Chunk], ChunkRecord], spent: Callable[[], bool], chunks: Sequence[Chunk]
) -> Iterator[bytes]:
    """In a worker: the answers to the chunks, some at a time; they end early with one that has used the worker up."""
    kept: list[Answer] = []
    began = time.monotonic()
    with quiet:
        for number, chunk in enumerate(chunks):
            kept.append(_check_one(check, number, chunk))
            if time.monotonic() - began > _HANDED_ON:
                yield msgspec.msgpack.encode(kept)
                kept, began = [], time.monotonic()
            if spent():
                break
    yield msgspec.msgpack.encode(kept)


_ANSWERS: msgspec.msgpack.Decoder[list[Answer]] = msgspec.msgpack.Decoder(list[Answer])


class _Bench:
    """The worker of this keeper, replaced whenever it dies, and what it is asked."""

    def __init__(self, setup: Setup, driver: Any, beat: Callable[[], None]) -> None:
        self._setup, self._driver, self._beat = setup, driver, beat
        self._child: Child | None = None
        self._spare: Child | None = None
        self._batches = 0
        self.peak = self.deaths = 0
        self._forking = False
        self._log = _Log(setup.log)
        #: How many executions did not end, by the operator and its targets.
        self._hung: dict[tuple[str, tuple[str, ...]], int] = {}

    def begin(self) -> None:
        """Prepare this process as its workers must be, where they can be forks of it; and have the first of them."""
        setup = self._setup
        if forkable(setup.device):
            if setup.log is not None:
                print_to(setup.log)
            start(setup.work.start, setup.imports)
            self._forking = (setup.work.forked and not setup.imports) or may_fork(setup.device)
        self._worker()

    def _worker(self) -> Child:
        if self._child is None:
            self._child, self._spare = self._spare or self._new(), None
        return self._child

    def _new(self) -> Child:
        setup = self._setup
        return Child(
            setup.notes,
            begin=None if self._forking else _Beginning(setup.work.start, setup.imports),
            hear=self._log.add,
            beside=[self._driver],
            beat=self._beat,
            closing=self._driver.close,
        )

    def after_batch(self) -> None:
        """What is done while nobody waits: look at the worker's memory, and start the one that is to come after it."""
        if self._child is not None:
            held = self._child.memory()
            self.peak = max(self.peak, self._child.peak)
            self._batches += 1
            limit = self._setup.memory
            if self._batches >= BATCHES_A_WORKER or (limit is not None and held > limit // 2):
                self.renew()
        if not self._forking and self._spare is None:
            self._spare = self._new()

    def renew(self) -> None:
        """End the worker; the next question is another one's."""
        if self._child is not None:
            self._child.close()
            self.peak = max(self.peak, self._child.peak)
        self._child, self._batches = None, 0

    def _died(self) -> None:
        self.deaths += 1
        self.renew()

    def ask(self, function: Callable[..., Any], *arguments: Any, answer: Any = Any, limit: float = ASKING_LIMIT) -> Any:
        """What a function returns in a worker. Raises Died, Faulty and Abandoned."""
        try:
            return self._worker().ask(function, *arguments, answer=answer, limit=limit)
        except Died:
            self._died()
            raise

    def each(self, chunks: Sequence[Chunk]) -> Iterator[list[Answer]]:
        """The answers to the chunks, as they come; not to those after one that used its worker up.

        Raises Died, where the worker is replaced, Faulty and Abandoned.
        """
        setup = self._setup
        limits = Limits(
            max(setup.limits[chunk.profile] for chunk in chunks), self._execution_limit(chunks), setup.memory
        )
        number = 0
        try:
            for found in self._worker().answers(check_each, setup.work.check, setup.work.spent, chunks, limits=limits):
                answers = _ANSWERS.decode(found)
                number += len(answers)
                yield answers
        except Died as died:
            self._died()
            if died.death.verdict == "timeout" and len(chunks) == 1:
                key = chunks[0].operator, chunks[0].targets
                self._hung[key] = self._hung.get(key, 0) + 1
            raise
        if number < len(chunks):
            self.renew()

    def _execution_limit(self, chunks: Sequence[Chunk]) -> float:
        """What an execution may take: less where others of the same operator and target never came to an end."""
        limit = max(self._setup.execution[chunk.profile] for chunk in chunks)
        hung = self._hung.get((chunks[0].operator, chunks[0].targets), 0) if len(chunks) == 1 else 0
        return min(limit, HASTE) if hung >= HUNG else limit

    def run(self, chunk: Chunk, *, fresh: bool = False) -> ChunkRecord | Death:
        """See `Bench` in guilt.py."""
        if fresh:
            self.renew()
        try:
            ((answer,),) = [found for found in self.each([chunk]) if found]
        except Died as died:
            return died.death
        except Faulty as faulty:
            answer = Answer(0, fault=faulty.fault)
        if answer.fault is not None:
            return Death("harness_error", answer.fault.words, str(answer.fault))
        return _RECORD.decode(answer.record)

    def run_together(self, chunks: Sequence[Chunk]) -> Death | None:
        """See `Bench` in guilt.py."""
        self.renew()
        try:
            for _ in self.each(chunks):
                pass
        except Died as died:
            return died.death
        except Faulty:
            return None
        return None

    def close(self) -> None:
        """End the workers, whatever they do."""
        for child in filter(None, (self._child, self._spare)):
            child.close()
        self._log.close()


_RECORD = msgspec.msgpack.Decoder(ChunkRecord)


class _Beginning(msgspec.Struct, frozen=True):
    """What a worker does first that starts from nothing."""

    start: Callable[[tuple[str, ...]], None]
    imports: tuple[str, ...]

    def __call__(self) -> None:
        start(self.start, self.imports)


class _Log:
    """What the workers of one keeper print, at the end of a file that others write to as well."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else path.open("ab", buffering=0)
        self._left, self._more = LOGGED, 0

    def add(self, said: bytes) -> None:
        """Write it down; what is beyond the most that is kept is counted."""
        kept = said[: self._left]
        self._left -= len(kept)
        self._more += len(said) - len(kept)
        self._write(kept)

    def _write(self, said: bytes) -> None:
        if self._file is not None and said:
            # A full disk stops the run where its journal is written; this is no place to say so.
            with suppress(OSError):
                self._file.write(said)

    def close(self) -> None:
        if self._more:
            self._write(f"\n... {self._more} bytes more were printed\n".encode())
        if self._file is not None:
            self._file.close()
