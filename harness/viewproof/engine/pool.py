"""Runs chunks in worker processes and yields one record for each, also where a worker dies."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from pebble import ProcessExpired

from viewproof.cases import parse_case
from viewproof.engine.batch import Batch
from viewproof.engine.child import note_threads
from viewproof.engine.fault import Fault, fault_of, words_of
from viewproof.engine.modules import import_modules
from viewproof.engine.place_question import PlaceQuestion
from viewproof.engine.prints import flush_prints, print_to
from viewproof.engine.quiet import quiet
from viewproof.engine.split import Death, Piece, Work, condemn, cut, settle
from viewproof.engine.workers import Workers
from viewproof.place import Place, asked_threads
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Failure

#: Seconds that a whole chunk may take, by profile.
LIMITS = {"quick": 60.0, "full": 300.0, "exhaustive": 1800.0}
#: Seconds that a part of a chunk may take, down to a single case, however small it is.
SHORTEST_LIMIT = 10.0


#: What kept this worker from being prepared: the answer to every chunk.
_not_started: Fault | None = None
#: A worker answers in bytes: to read them the driver needs no class of anybody's.
_RECORD = msgspec.msgpack.Decoder(ChunkRecord)


def real_work(passes: Mapping[str, str] | None = None) -> Work:
    """The functions of a real run; `passes` are a backend's own, which the workers run in place of torch's."""
    from viewproof.engine.check import check_in_worker
    from viewproof.engine.count import count_cases, count_owed, count_planned, first_case
    from viewproof.engine.workload import is_deadly

    return Work(
        check=check_in_worker,
        owed=count_owed,
        planned=count_planned,
        count=count_cases,
        first=first_case,
        start=partial(start_worker, passes=dict(passes or {})),
        waive=known_death,
        deadly=is_deadly,
        forked=not passes,
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


def _begin(start: Callable[[tuple[str, ...]], None], imports: tuple[str, ...], log: Path | None) -> None:
    """A worker's first act: what it, torch's C++ code and the C library print goes to `log`."""
    if log is not None:
        print_to(log)
    start(imports)


def start_worker(imports: tuple[str, ...], passes: Mapping[str, str] | None = None) -> None:
    """Prepare a worker: torch's threads, the user's modules and passes. A worker ignores Ctrl-C."""
    global _not_started
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import torch

        torch.set_num_threads(asked_threads(os.environ))
        from viewproof.engine.warm import warm_up
        from viewproof.tensors.freed import overwrite_from_now_on

        # Before the user's modules, which may put kernels in the place of those that warming up calls.
        warm_up()
        overwrite_from_now_on()
        if imports or passes:
            # Forked from the server, a worker is replaced as quickly as a child of its would be.
            note_threads()
        import_modules(imports)
        if passes:
            from viewproof.exported.vendor import install

            install(passes)
    except BaseException as error:  # noqa: BLE001 -- kept, and given as the answer to every chunk
        _not_started = fault_of(error)


def _run_one(check: Callable[[Chunk], ChunkRecord], chunk: Chunk) -> bytes | Fault:
    """What a worker does with a chunk. An exception here is the harness's own: torch's are observations."""
    if _not_started is not None:
        return _not_started
    try:
        return msgspec.msgpack.encode(check(chunk))
    except BaseException as error:  # noqa: BLE001 -- it becomes the chunk's harness_error
        return fault_of(error)


def _run_all(check: Callable[[Chunk], ChunkRecord], chunks: list[Chunk]) -> list[bytes | Fault]:
    with quiet:
        answers = [_run_one(check, chunk) for chunk in chunks]
    flush_prints()
    return answers


def run_chunks(
    batches: Iterable[Sequence[Chunk]],
    work: Work,
    *,
    jobs: int,
    imports: tuple[str, ...] = (),
    limit: float | None = None,
    shortest: float = SHORTEST_LIMIT,
    log: Path | None = None,
    tell: Callable[[Place | str], None] | None = None,
) -> Generator[ChunkRecord, None, None]:
    """Run the chunks in `jobs` worker processes, a batch at a time; yields one record for each chunk, as batches end.

    Close the generator (or leave it by an exception) to stop the workers. What they print is appended to `log`.
    `tell` is given what one of them says of where it runs before its first batch, or why none did.
    """
    waiting: deque[Batch] = deque()
    for chunks in batches:
        pieces = [Piece(chunk, LIMITS[chunk.profile] if limit is None else limit) for chunk in chunks]
        waiting += _first(pieces, work, shortest)
    workers = Workers(
        max(1, min(jobs, len(waiting))),
        run=partial(_run_all, work.check),
        initializer=partial(_begin, work.start, imports, log),
        forked=work.forked and not imports,
    )
    running: dict[Future[Any], Batch] = {}
    asked = PlaceQuestion(lambda: workers.pool, work.place, tell if waiting else None)
    try:
        while waiting or running:
            came, again = workers.work_off(waiting, running)
            waiting.extendleft(again)
            for batch, error, answers in came:
                if error is not None and len(batch.pieces) > 1:
                    waiting.extendleft(reversed(batch.taken_apart(_death(error, batch.limit))))
                    continue
                for piece, answer in zip(batch.pieces, answers or [None], strict=True):
                    parts = _take(piece, error, answer, work, shortest)
                    waiting.extendleft(batch.part(part) for part in parts)
                    whole = settle(piece, work)
                    if whole is not None and whole.record is not None:
                        yield from batch.settled(whole, work)
            asked.listen(at_last=not (waiting or running))
    finally:
        workers.stop()


def _first(pieces: list[Piece], work: Work, shortest: float) -> list[Batch]:
    """The batch as it is first given to a worker: a chunk that is known to die is cut by target, as after a death."""
    if len(pieces) == 1 and len(pieces[0].chunk.targets) > 1 and work.deadly(pieces[0].chunk):
        return [Batch([part]) for part in cut(pieces[0], work, shortest)]
    return [Batch(pieces)]


def _take(
    piece: Piece, error: BaseException | None, answer: bytes | Fault | None, work: Work, shortest: float
) -> list[Piece]:
    """Store the outcome of the piece's execution: a record, or parts that must run. Returns these parts."""
    if isinstance(answer, bytes):
        record = _RECORD.decode(answer)
        overfull = _overfull(record)
        piece.record = record if overfull is None else condemn(piece.chunk, overfull, work)
        return []
    if isinstance(answer, Fault):
        piece.record = condemn(piece.chunk, _harness_error(answer), work)
        return []
    death = _death(error, piece.limit)
    if death.verdict == "harness_error":
        piece.record = condemn(piece.chunk, death, work)
        return []
    piece.death = death
    try:
        parts = cut(piece, work, shortest)
    except Exception as failed:  # noqa: BLE001 -- our own generator failed; the record says so
        death, parts = _harness_error(fault_of(failed)), []
    if not parts:
        piece.record = condemn(piece.chunk, death, work)
    return parts


def _harness_error(fault: Fault) -> Death:
    return Death("harness_error", fault.words, str(fault))


def _overfull(record: ChunkRecord) -> Death | None:
    for tally in record.tallies:
        given = sum(tally.verdicts.values())
        if given > tally.planned:
            said = f"{tally.target}/{tally.rule}: {tally.planned} verdicts were planned and {given} given"
            return Death("harness_error", "more verdicts than planned", said)
    return None


def _death(error: BaseException | None, limit: float) -> Death:
    if isinstance(error, FutureTimeout):
        return Death("timeout", "timeout", f"no end within {limit:g} s")
    if isinstance(error, ProcessExpired):
        code = error.exitcode
        if code is not None and code < 0:
            cause = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return Death("crash", cause, f"the process died with {cause}")
        return Death("crash", f"exit {code}", f"the process ended with exit status {code}")
    said = "no exception" if error is None else words_of(error)
    return Death("harness_error", type(error).__name__, f"{said}; the worker gave no record")
