"""A child of this process, which does what this one may die of, and is watched while it does.

It has a process group of its own, and its parent serves it alone: what it does to its group or its parent, it does to
nobody else. It is ended where it takes too long or too much memory; whatever it forked ends with it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe, connection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from viewproof.engine.death import Death, death_by, death_of_memory, death_of_time
from viewproof.engine.fault import Fault
from viewproof.engine.process import Forked, Started, fork, own_children
from viewproof.engine.serving import END, FAULT, PID, Begin, once
from viewproof.engine.whereabouts import NOWHERE, Whereabouts, forget, own_slots, read, shared_slots

#: Seconds between two looks at a child that has nothing to say.
_A_LOOK = 0.1
#: The bytes of what a child printed last that are kept for its last words.
_KEPT = 1 << 16


class Limits(NamedTuple):
    """What a task of a child may take: seconds in all and for one execution, and bytes of memory (None: all)."""

    task: float
    execution: float | None = None
    memory: int | None = None


class Died(RuntimeError):
    """Raised where a child died of what it was asked, or was ended for it."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.observed)
        self.death = death


class Faulty(RuntimeError):
    """Raised where what a child was asked raised an exception there: the message says which."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Abandoned(RuntimeError):
    """Raised where one of the pipes that are watched beside a child's has closed: nobody waits for its answer."""


class Child:
    """The process, from its parent's side.

    With `begin` it starts from nothing and does that first; else it is forked from this process. `notes` is the file
    in which it notes where it is, if it is to. `hear` is given what it prints; without it that goes where this process
    prints. `beside` are pipes whose closing ends the wait for an answer, in which `beat` is called every now and then;
    `closing` is called in a fork, to close what is its parent's alone.
    """

    def __init__(
        self,
        notes: Path | None = None,
        *,
        begin: Begin | None = None,
        hear: Callable[[bytes], None] | None = None,
        beside: Sequence[Any] = (),
        beat: Callable[[], None] = lambda: None,
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        self.slots = own_slots() if notes is None else shared_slots(notes)
        self.peak = 0
        self._hear, self._beside, self._beat = hear, list(beside), beat
        self.pipe, theirs = Pipe()
        self._said: Any
        self._said, saying = Pipe(duplex=False) if hear is not None else (None, None)
        self._last = b""
        self._ready = begin is None
        if begin is None:
            self._process: Forked | Started = fork(notes, theirs, saying, self._closing(closing))
        else:
            self._process = Started(notes, theirs, saying, begin)
        own_children()
        theirs.close()
        if saying is not None:
            saying.close()

    def _closing(self, closing: Callable[[], None]) -> Callable[[], None]:
        def close() -> None:
            closing()
            self.pipe.close()
            if self._said is not None:
                self._said.close()

        return close

    @property
    def pid(self) -> int:
        """The number of the process that does the work; of the one that guards it, until it has said its own."""
        return self._process.worker or self._process.pid

    @property
    def where(self) -> Whereabouts:
        """What it has noted of where it is."""
        return read(self.slots)

    def ask(self, function: Callable[..., Any], *arguments: Any, answer: Any = Any, limit: float = 60.0) -> Any:
        """What `function`, at the top of a module, returns there, as the type `answer`.

        Raises Died, Faulty and Abandoned; `limit` is in seconds.
        """
        (found,) = self.answers(once, function, *arguments, limits=Limits(limit))
        return msgspec.msgpack.decode(found, type=answer)

    def answers(self, function: Callable[..., Iterator[bytes]], *arguments: Any, limits: Limits) -> Iterator[bytes]:
        """What `function`, at the top of a module, yields there. Raises as `ask` does. To be read to its end."""
        if not self._ready:
            self._ready = True
            for _ in self._listen(Limits(STARTING)):
                pass
        self._last = b""
        forget(self.slots)
        self._put(function, arguments)
        yield from self._listen(limits)

    def _put(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            self.pipe.send((function, arguments))
        except OSError:
            raise Died(self._death()) from None

    def _listen(self, limits: Limits) -> Iterator[bytes]:
        # Seconds count from where a chunk was begun, and an execution.
        began = moved = time.monotonic()
        where = self.where
        while True:
            message = self._message()
            self._beat()
            now, here = time.monotonic(), self.where
            began = now if here.chunk != where.chunk else began
            moved = now if here != where else moved
            where = here
            if message is None:
                if (death := self._too_much(limits, now - began, now - moved)) is not None:
                    raise Died(death)
                continue
            kind, payload = message[:1], message[1:]
            if kind == PID:
                self._process.worker = int(payload)
                continue
            if kind == FAULT:
                raise Faulty(msgspec.msgpack.decode(payload, type=Fault))
            if kind == END:
                return
            yield payload

    def _message(self) -> bytes | None:
        """The next message, or None after a while without one. Raises Died and Abandoned."""
        said = [] if self._said is None else [self._said]
        ready = connection.wait([self.pipe, self._process.sentinel, *said, *self._beside], _A_LOOK)
        if self._said in ready:
            self._listen_to_prints()
        if self.pipe not in ready and self._process.sentinel in ready:
            # What it forked may hold the pipe open, and must not keep this process waiting.
            self._process.kill()
        try:
            if self.pipe in ready or (self._process.sentinel in ready and self.pipe.poll()):
                return bytes(self.pipe.recv_bytes())
        except (EOFError, OSError):
            raise Died(self._death()) from None
        if self._process.sentinel in ready:
            raise Died(self._death())
        if any(one in ready for one in self._beside):
            raise Abandoned
        return None

    def _too_much(self, limits: Limits, spent: float, still: float) -> Death | None:
        """Why it must not go on; then it is ended."""
        where = self.where
        held = self._process.memory()
        self.peak = max(self.peak, held)
        if limits.memory is not None and held > limits.memory:
            self._ended()
            return death_of_memory(limits.memory, self._words, where)
        for limit, taken in ((limits.task, spent), (limits.execution, still if where.execution != NOWHERE else 0.0)):
            if limit is not None and taken > limit:
                self._ended()
                return death_of_time(limit, self._words, where)
        return None

    def _death(self) -> Death:
        where = self.where
        code = self._ended(waiting=0.5)
        return death_by(code, self._words, where)

    def _ended(self, waiting: float = 0.0) -> int | None:
        """End it and all that it forked, and read what it said last. Its exit status."""
        code = self._process.end(waiting)
        if self._said is not None:
            while self._said is not None and connection.wait([self._said], 0):
                self._listen_to_prints()
        return code

    def _listen_to_prints(self) -> None:
        assert self._said is not None, "it has something to say"
        try:
            found = os.read(self._said.fileno(), 1 << 16)
        except OSError:
            found = b""
        if not found:
            self._said.close()
            self._said = None
            return
        self._last = (self._last + found)[-_KEPT:]
        if self._hear is not None:
            self._hear(found)

    @property
    def _words(self) -> str:
        return self._last.decode("utf-8", "replace")

    @property
    def alive(self) -> bool:
        """Whether it can be asked again: it has not ended, nor has its pipe."""
        return not self._process.over and not connection.wait([self._process.sentinel, self.pipe], 0)

    def memory(self) -> int:
        """The bytes of memory that it holds now."""
        held = self._process.memory()
        self.peak = max(self.peak, held)
        return held

    def close(self) -> None:
        """End it, and all that it forked, whatever it does."""
        self._ended()
        self.pipe.close()
        if self._said is not None:
            self._said.close()
            self._said = None


#: Seconds that a process may take to load torch and the user's modules.
STARTING = 600.0


_own_child: Child | None = None


def in_child(function: Callable[..., Any], *arguments: Any, answer: Any = Any) -> Any:
    """What `function`, at the top of a module, returns in a fork of this process, which the next question finds too.

    Raises Died, where the next question is another's, and Faulty.
    """
    global _own_child
    if _own_child is None or not _own_child.alive:
        _own_child = Child()
    return _own_child.ask(function, *arguments, answer=answer)
