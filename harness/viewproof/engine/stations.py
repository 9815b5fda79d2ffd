"""The driver's side of workers on a cluster: asks for stations, gives them batches, and replaces those that are lost.

A station (`station.py`) is lost with its node, or alone. What it had and did not answer is given to another; only
chunks that are lost with one station after the other are taken for the cause.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from viewproof.engine.death import Death
from viewproof.engine.keeper import Answer, Setup
from viewproof.engine.pool import REVIVALS, SILENCE, Batch, Figures
from viewproof.engine.station import Heard, Orders, settings_of
from viewproof.engine.versions import unlike, versions_here
from viewproof.errors import PoolBroken, UsageError
from viewproof.place import Place
from viewproof.records.chunk import Chunk
from viewproof.visible import one_line

#: Seconds for which a run goes on while the cluster has no place for any of its workers.
PATIENCE = 180.0
#: With how many stations a chunk may be lost, the last ones alone, before it is taken for the cause.
MOST_LOSSES = 4
#: Seconds that stations have to end their workers.
_TO_END = 5.0

_HEARD = msgspec.msgpack.Decoder(Heard)


class Lost(RuntimeError):
    """Raised where a station gives no answer since it, or its node, is no more. The message says what is known."""


class Refused(RuntimeError):
    """Raised where what a station was asked raised an exception there. The message says which."""


class Cluster(Protocol):
    """What is asked of a cluster. A handle is a station there, a call one that it was asked and has not answered."""

    def station(self) -> Any:
        """The handle of a new station, which may have to wait for its place."""
        ...

    def ask(self, handle: Any, method: str, *arguments: Any) -> Any:
        """Ask a station; returns the call."""
        ...

    def ready(self, calls: Sequence[Any], seconds: float) -> list[Any]:
        """The calls that have an answer, after at most so many seconds: none while there is none."""
        ...

    def answer(self, call: Any) -> Any:
        """The answer of a call that has one. Raises Lost and Refused."""
        ...

    def kill(self, handle: Any) -> None:
        """End a station, whatever it does."""
        ...

    def sharing(self, node: str, most: int) -> int:
        """How many of `most` stations may be on the node of this name."""
        ...


class _Station:
    """A station, from the driver's side."""

    def __init__(self, handle: Any, call: Any) -> None:
        self.handle = handle
        #: What it has been asked and has not answered.
        self.call: Any = call
        self.batch: Batch | None = None
        self.node = "(none yet)"
        #: Whether it has a place; has been told to begin; has a worker; and is asked where that runs.
        self.placed = self.begun = self.ready = self.asked = False
        self.heard = time.monotonic()

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for too long. One that loads has all the time of the world."""
        return self.ready and self.call is not None and time.monotonic() - self.heard > SILENCE


class Stations:
    """The crew of a run on a cluster."""

    def __init__(self, cluster: Cluster, batches: Sequence[Batch], number: int, setup: Setup, figures: Figures) -> None:
        self.waiting = deque(batches)
        self.place: Callable[[Place | str], None] | None = None
        self._cluster, self._number, self._setup, self._figures = cluster, number, setup, figures
        self._here = versions_here()
        self._stations: list[_Station] = []
        self._revivals = 0
        #: With how many stations each chunk was lost, by its name.
        self._losses: dict[str, int] = {}
        self._placed = time.monotonic()

    @property
    def busy(self) -> bool:
        """See `Crew` in pool.py, as of the methods below."""
        return any(station.batch is not None for station in self._stations)

    @property
    def asking(self) -> bool:
        return self.place is not None and any(one.asked and not one.ready for one in self._stations)

    def start(self) -> None:
        busy = sum(station.batch is not None for station in self._stations)
        while len(self._stations) < min(self._number, busy + len(self.waiting)):
            handle = self._cluster.station()
            self._stations.append(_Station(handle, self._cluster.ask(handle, "hello")))

    def give(self) -> None:
        for station in self._stations:
            if station.ready and station.batch is None and self.waiting:
                station.batch = self.waiting.popleft()
                self._step(station, msgspec.msgpack.encode(station.batch.given))

    def _step(self, station: _Station, given: bytes = b"") -> None:
        station.call = self._cluster.ask(station.handle, "step", given)
        station.heard = time.monotonic()

    def listen(self) -> list[tuple[Chunk, Answer | Death]]:
        """What came in since, or comes within a second. Raises PoolBroken, and UsageError where a node is unlike."""
        calls = [station.call for station in self._stations if station.call is not None]
        ready = self._cluster.ready(calls, 1.0)
        came: list[tuple[Chunk, Answer | Death]] = []
        for station in list(self._stations):
            try:
                if station.call is not None and station.call in ready:
                    came += self._answered(station)
                elif station.silent:
                    came += self._lost(station, f"no word for {SILENCE:g} s")
            except Lost as lost:
                came += self._lost(station, str(lost))
        if any(station.placed for station in self._stations):
            self._placed = time.monotonic()
        elif self._stations and time.monotonic() - self._placed > PATIENCE:
            raise PoolBroken(f"the cluster had no place for a worker for {PATIENCE:g} s")
        return came

    def _answered(self, station: _Station) -> list[tuple[Chunk, Answer | Death]]:
        call, station.call = station.call, None
        station.heard = time.monotonic()
        try:
            said = self._cluster.answer(call)
        except Refused as refused:
            raise PoolBroken(f"the cluster's node {station.node}: {refused}") from refused
        if not station.placed:
            self._begin(station, *said)
            return []
        if not station.begun:
            if said:
                raise UsageError(f"the cluster's node {station.node}: {said}")
            station.begun = True
            self._step(station)
            return []
        return self._heard(station, _HEARD.decode(said))

    def _begin(self, station: _Station, node: str, versions: dict[str, str]) -> None:
        """It has a place: have it prepare, where that is like this one."""
        station.placed, station.node = True, node
        refuse_unlike(node, versions, self._here)
        station.asked = self.place is not None and not any(one.asked for one in self._stations)
        orders = Orders(
            msgspec.structs.replace(self._setup, place=station.asked, log=None),
            str(Path.cwd()),
            settings_of(dict(os.environ)),
            self._cluster.sharing(node, self._number),
        )
        station.call = self._cluster.ask(station.handle, "begin", orders)

    def _heard(self, station: _Station, heard: Heard) -> list[tuple[Chunk, Answer | Death]]:
        self._figures.peak = max(self._figures.peak, heard.peak)
        self._figures.deaths += heard.deaths
        self._print(heard.printed)
        station.ready = station.ready or heard.ready
        if self.place is not None and (heard.place is not None or heard.placeless):
            self.place(heard.place if heard.place is not None else heard.placeless)
            self.place = None
        came: list[tuple[Chunk, Answer | Death]] = []
        batch = station.batch
        if batch is not None:
            came = [(batch.given[one.number].chunk, one.answer) for one in heard.judged]
            batch.answered.update([one.number for one in heard.judged])
        if heard.broken:
            return came + self._lost(station, heard.broken, broken=True)
        if heard.ended:
            station.batch = None
        if station.batch is not None or not station.ready:
            self._step(station)
        return came

    def _print(self, printed: bytes) -> None:
        log = self._setup.log
        if log is not None and printed:
            # A full disk stops the run where its journal is written; this is no place to say so.
            with suppress(OSError), log.open("ab") as file:
                file.write(printed)

    def _lost(self, station: _Station, why: str, *, broken: bool = False) -> list[tuple[Chunk, Answer | Death]]:
        """A station is no more, is taken to be, or can have no worker: what it had is given to others.

        Raises PoolBroken where that happens too often before any work was taken.
        """
        self._stations.remove(station)
        self._cluster.kill(station.handle)
        why = one_line(why)
        left = [] if station.batch is None else [station.batch.given[number] for number in station.batch.left]
        self._print(f"viewproof: lost a worker on node {station.node} and {len(left)} of its chunks: {why}\n".encode())
        if broken or not station.ready:
            self._revivals += 1
            # A node that is lost as a run begins may have had all of them.
            if self._revivals > REVIVALS * self._number:
                raise PoolBroken(f"workers on the cluster were lost {self._revivals} times without taking work: {why}")
        if broken and left:
            self.waiting.appendleft(Batch(left))
            return []
        for one in left:
            self._losses[one.chunk.name] = self._losses.get(one.chunk.name, 0) + 1
        if len(left) > 1:
            # Once it is the node's doing; what is lost again may have caused it, or one of it.
            again = any(self._losses[one.chunk.name] > 1 for one in left)
            self.waiting.extendleft([Batch([one]) for one in reversed(left)] if again else [Batch(left)])
            return []
        for one in left:
            if self._losses[one.chunk.name] >= MOST_LOSSES:
                observed = f"{MOST_LOSSES} workers of the cluster were lost with it, the last one so: {why}"
                return [(one.chunk, Death("crash", "lost", observed))]
            self.waiting.appendleft(Batch([one]))
        return []

    def stop(self) -> None:
        """End all stations; those that do not answer are killed, and their workers with them."""
        calls = [self._cluster.ask(station.handle, "close") for station in self._stations if station.begun]
        until = time.monotonic() + _TO_END
        while calls and time.monotonic() < until:
            done = self._cluster.ready(calls, until - time.monotonic())
            calls = [call for call in calls if call not in done]
        for station in self._stations:
            self._cluster.kill(station.handle)
        self._stations.clear()


def refuse_unlike(node: str, there: dict[str, str], here: dict[str, str]) -> None:
    """Raise UsageError where the versions of a node are not those of the driver."""
    difference = unlike(here, there)
    if difference is not None:
        raise UsageError(f"the cluster's node {node}: {difference}")
