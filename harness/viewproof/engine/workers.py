"""The pool of worker processes: batches are given to it, and it is started anew where it breaks as a whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from pebble import ProcessPool

from viewproof.engine.batch import Batch
from viewproof.engine.child import in_child, may_fork
from viewproof.engine.forkserver import workers_context
from viewproof.engine.task_log import TaskLog, begin
from viewproof.records.chunk import Chunk

#: A worker ends after so many batches, so that what torch's caches gather in it is given back.
BATCHES_A_WORKER = 2000
#: How often a pool that broke as a whole is started anew before the run gives up.
REVIVALS = 3
#: Seconds between two checks that the pool has not broken.
_A_LOOK = 1.0


class PoolBroken(RuntimeError):
    """Raised where workers die before they take any work, so that nothing can be run."""


class BatchEnd(NamedTuple):
    """The outcome of a batch: the error with which its task ended, or one answer for each of its pieces."""

    batch: Batch
    error: BaseException | None
    answers: list[Any]


def _run(run: Callable[[list[Chunk]], list[Any]], chunks: list[Chunk], folder: Path, task: int) -> list[Any]:
    begin(folder, task)
    if all(may_fork(device) for device in {chunk.device for chunk in chunks}):
        found: list[Any] = in_child(run, chunks)
        return found
    return run(chunks)


class Workers:
    """`jobs` processes, each prepared by `initializer`, that answer a batch's chunks by `run`."""

    def __init__(
        self, jobs: int, *, run: Callable[[list[Chunk]], list[Any]], initializer: Callable[[], None], forked: bool
    ) -> None:
        self.jobs, self.run, self.initializer, self.forked = jobs, run, initializer, forked
        self.revivals = 0
        self._start()

    def _start(self) -> None:
        self.folder = TemporaryDirectory(prefix="viewproof-workers-")
        self.begun = TaskLog(Path(self.folder.name))
        self.pool: Any = ProcessPool(
            max_workers=self.jobs,
            max_tasks=BATCHES_A_WORKER,
            initializer=self.initializer,
            context=self.begun.context(workers_context(forked=self.forked)),
        )

    def work_off(self, waiting: deque[Batch], running: dict[Future[Any], Batch]) -> tuple[list[BatchEnd], list[Batch]]:
        """Give the workers waiting batches, enough to keep them busy, and collect the outcomes of those that ended.

        Returns these, and the batches that must be given again because the pool broke. Raises PoolBroken where it
        breaks repeatedly and no batch is the cause.
        """
        broken: BaseException | None = None
        try:
            while waiting and len(running) < 3 * self.jobs:
                running[self._give(waiting[0])] = waiting[0]
                waiting.popleft()
        except RuntimeError as refused:  # the pool broke since it was last asked
            broken = refused
        done = wait(running, timeout=_A_LOOK if broken is None else 0, return_when=FIRST_COMPLETED).done
        came = []
        for future in [one for one in running if one in done]:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                broken = error
            else:
                came.append(BatchEnd(running.pop(future), error, [] if error is not None else future.result()))
        if broken is None and running and not self.pool.active:
            broken = BrokenProcessPool("the pool gave up")
        if broken is None:
            return came, []
        # A broken pool gives no outcome for batches that no worker had begun.
        left = list(running.values())
        running.clear()
        died = self._revive(broken, left)
        return came + died, [batch for batch in left if all(batch is not one.batch for one in died)]

    def _give(self, batch: Batch) -> Future[Any]:
        batch.task = self.begun.number()
        arguments = (self.run, [piece.chunk for piece in batch.pieces], self.begun.folder, batch.task)
        future: Future[Any] = self.pool.schedule(_run, args=arguments, timeout=batch.limit)
        self.begun.given(batch.task, future)
        return future

    def _revive(self, cause: BaseException, left: list[Batch]) -> list[BatchEnd]:
        """Start the pool anew. Returns the batches that had ended a worker, which a broken pool does not report."""
        ended = self.begun.ended()
        self.stop()
        died = [BatchEnd(batch, ended[batch.task], []) for batch in left if batch.task in ended]
        self.revivals += not died
        if self.revivals > REVIVALS:
            raise PoolBroken(f"the worker processes died {self.revivals} times without taking work: {cause}")
        self._start()
        return died

    def stop(self) -> None:
        """End the processes, whatever they do."""
        self.pool.stop()
        self.pool.join()
        self.folder.cleanup()
