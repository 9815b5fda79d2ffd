"""Asks one worker process where it runs (processor, libraries, settings), before its first batch of chunks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pebble import ProcessExpired

from viewproof.engine.quiet import quiet
from viewproof.place import Place

#: Seconds that a worker may take to answer; the time that it takes to load torch does not count.
ASKING_LIMIT = 60.0
#: How often it is asked anew, where the pool broke before any worker could answer.
AGAIN = 3


def say_place(place: Callable[[], Place]) -> Place:
    """The task that the asked worker runs: describe its place."""
    with quiet:
        return place()


class PlaceQuestion:
    """The question to the workers of a run. `tell` is called once with the answer: a place, or why there is none.

    `pool` gives the pool as it is now: it may have been started anew. Raises nothing: a run without an answer goes on.
    """

    def __init__(
        self, pool: Callable[[], Any], place: Callable[[], Place], tell: Callable[[Place | str], None] | None
    ) -> None:
        self._pool, self._place, self._tell = pool, place, tell
        self._left = AGAIN
        self._answer: Future[Place] | None = None
        if tell is not None:
            self._ask()

    def _ask(self) -> None:
        self._left -= 1
        try:
            self._answer = self._pool().schedule(say_place, args=(self._place,), timeout=ASKING_LIMIT)
        except RuntimeError as refused:
            self._hear(f"no worker could be asked: {refused}")

    def listen(self, *, at_last: bool = False) -> None:
        """Pass the answer on, if there is one; `at_last`, wait for it."""
        if self._answer is None or not (at_last or self._answer.done()):
            return
        try:
            error = self._answer.exception(ASKING_LIMIT)
        except FutureTimeout as late:
            error = late
        if isinstance(error, BrokenProcessPool) and self._left:
            self._ask()
        else:
            self._hear(self._answer.result() if error is None else f"the worker that was asked {_ended(error)}")

    def _hear(self, answer: Place | str) -> None:
        self._answer = None
        if self._tell is not None:
            self._tell(answer)


def _ended(error: BaseException) -> str:
    if isinstance(error, FutureTimeout):
        return f"gave no answer within {ASKING_LIMIT:g} s"
    if isinstance(error, ProcessExpired):
        code = error.exitcode
        return f"died of signal {-code}" if code is not None and code < 0 else f"ended with exit status {code}"
    return f"raised {type(error).__name__}: {error}".splitlines()[0]
