"""Records which task each worker has begun, outside of the worker, so that it is known what a dead one was doing.

The pool learns by one thread that a worker took a task, and by another that a worker is dead. One that dies at once may
be found dead first. The pool then takes it to have done nothing: it breaks as a whole, or waits for the task until its
time is up, and either way a crash that does not repeat is lost. So a worker writes down what it begins, and is
reported as alive until the pool has received that.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import RLock
from typing import Any

from pebble import ProcessExpired

from viewproof.engine.interrupts import interrupts_held


def begin(folder: Path, task: int) -> None:
    """Write down, in the worker, that it begins this task."""
    (folder / str(os.getpid())).write_text(str(task), encoding="ascii")


class TaskLog:
    """What the workers of one pool have begun: their processes, and the tasks that they were given, by number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[_Worker] = []
        self._given = 0
        self._futures: dict[int, Future[Any] | None] = {}

    def number(self) -> int:
        """A number, above 0, for a task that is about to be given."""
        self._given += 1
        self._futures[self._given] = None
        return self._given

    def given(self, task: int, future: Future[Any]) -> None:
        """The task of this number was given, and this is its future."""
        self._futures[task] = future
        future.add_done_callback(lambda _: self._futures.pop(task, None))

    def last_of(self, pid: int | None) -> int | None:
        """The number of the task that the worker began last, if any."""
        try:
            return int((self.folder / str(pid)).read_text(encoding="ascii") or 0) or None
        except FileNotFoundError:
            return None

    def unheard(self, pid: int | None) -> bool:
        """Whether the worker began a task of which the pool does not know yet that it runs."""
        task = self.last_of(pid)
        if task not in self._futures:
            return False
        future = self._futures[task]
        return future is None or not (future.running() or future.done())

    def ended(self) -> dict[int, ProcessExpired]:
        """The tasks that ended their workers, by number, with how: those begun last by each that died of itself."""
        dead = [(self.last_of(one.pid), one.over()) for one in self.processes if not one.stopped]
        return {task: _expired(code) for task, code in dead if task is not None and code}

    def add(self, worker: _Worker) -> None:
        """Add a process; those whose tasks are all settled are dropped, with the system's resources for them."""
        of_interest = [one for one in self.processes if one.exitcode is None or self.last_of(one.pid) in self._futures]
        self.processes = [*of_interest, worker]

    def context(self, context: Any) -> Any:
        """The multiprocessing context, wrapped so that each process that it makes is added here."""
        return _Context(context, self)


def _expired(exitcode: int) -> ProcessExpired:
    died: Callable[..., ProcessExpired] = ProcessExpired
    return died("the worker died", code=exitcode)


class _Context:
    def __init__(self, context: Any, begun: TaskLog) -> None:
        self._context = context
        self._begun = begun

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def Process(self, **how: Any) -> _Worker:  # noqa: N802  the name that multiprocessing gives it
        """A process that is not started yet, as the context makes it."""
        worker = _Worker(self._context.Process(**how), self._begun)
        self._begun.add(worker)
        return worker


class _Worker:
    """A process as its pool sees it: dead when it is, and when all that it began is known to have begun."""

    def __init__(self, process: BaseProcess, begun: TaskLog) -> None:
        self.stopped = False
        self._process = process
        self._begun = begun
        # The status of a dead process can be fetched once; multiprocessing keeps it, and expects one thread.
        self._lock = RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)

    def start(self) -> None:
        with interrupts_held():
            self._process.start()

    @property
    def daemon(self) -> bool:
        return self._process.daemon

    @daemon.setter
    def daemon(self, value: bool) -> None:
        self._process.daemon = value

    @property
    def exitcode(self) -> int | None:
        with self._lock:
            return self._process.exitcode

    def over(self) -> int | None:
        """The exit status, also where the process is only about to have one; None where it goes on, or is to start."""
        if self._process.pid is None:
            return None
        if connection.wait([self._process.sentinel], 0):
            self.join()
        return self.exitcode

    def is_alive(self) -> bool:
        with self._lock:
            alive = self._process.is_alive()
        return alive or (not self.stopped and self._begun.unheard(self._process.pid))

    def join(self, timeout: float | None = None) -> None:
        with self._lock:
            self._process.join(timeout)

    def terminate(self) -> None:
        self.stopped = True
        self._process.terminate()
