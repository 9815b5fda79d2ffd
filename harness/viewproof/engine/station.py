"""A station: what serves one worker on a node of a cluster, for a driver that is elsewhere.

It does there what the driver does with the workers of its own machine: it has one keeper (`pool.py`), whose worker is a
process of its own, so that whatever a kernel does costs the station nothing. It is asked by calls that return within
seconds, and answers in bytes.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from viewproof.engine.death import Death
from viewproof.engine.environment import check_device
from viewproof.engine.fault import Fault
from viewproof.engine.keeper import Answer, Given, Setup, Word
from viewproof.engine.pool import Batch, Figures, Keepers, memory_limit
from viewproof.engine.versions import versions_here
from viewproof.errors import PoolBroken, UsageError
from viewproof.place import Place
from viewproof.place.variables import matters

#: Seconds after which a station that has nothing to say returns; and that it keeps answers.
_A_WORD, _HANDED_ON = 2.0, 0.25
#: What Ray sets in the processes that it starts, whatever the driver's environment has.
_RAYS_OWN = ("OMP_NUM_THREADS", "PYTHONBREAKPOINT", "PYTHONUNBUFFERED")


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """What became of a chunk, by its number in the batch: its record as bytes, a fault of the harness, or a death."""

    number: int
    record: bytes = b""
    fault: Fault | None = None
    death: tuple[str, str, str] | None = None

    @property
    def answer(self) -> Answer | Death:
        """The same, as a keeper's driver has it."""
        return Answer(self.number, self.record, self.fault) if self.death is None else Death(*self.death)


class Heard(Word, frozen=True, array_like=True, kw_only=True):
    """What a station says: answers, and of its worker what a keeper does.

    `printed` is what its workers have printed since. `broken` says why it can have no worker.
    """

    judged: list[Judged] = msgspec.field(default_factory=list)
    printed: bytes = b""
    broken: str = ""


class Orders(msgspec.Struct, frozen=True):
    """What a station is told before its first batch.

    `folder` is where the driver looks for modules, `variables` are those of its environment that a kernel may read, and
    `workers` the number of those that share the node.
    """

    setup: Setup
    folder: str
    variables: dict[str, str]
    workers: int


def settings_of(environment: dict[str, str]) -> dict[str, str]:
    """The variables that a worker elsewhere is given too: those that matter, and that name neither file nor device."""
    return {
        name: value
        for name, value in environment.items()
        if matters(name) and os.sep not in value and not name.endswith("VISIBLE_DEVICES")
    }


class Station:
    """The station, from its node's side. Its methods are called one after the other."""

    def __init__(self) -> None:
        self._keepers: Keepers | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._log = Path()
        self._read = self._deaths = 0
        self._numbers: dict[str, int] = {}
        self._ready = False
        self._place: Place | str | None = None

    def hello(self) -> tuple[str, dict[str, str]]:
        """The name of the node, and what must be there as it is where the driver runs."""
        return self.node(), versions_here()

    def node(self) -> str:
        return platform.node()

    def begin(self, orders: Orders) -> str:
        """Prepare for work. Returns why there can be none, or nothing."""
        for name in _RAYS_OWN:
            os.environ.pop(name, None)
        os.environ.update(orders.variables)
        # Elsewhere there may be no such folder: modules are installed there then.
        with suppress(OSError):
            os.chdir(orders.folder)
        setup = orders.setup
        try:
            check_device(setup.device, setup.imports)
        except UsageError as error:
            return str(error)
        self._folder = TemporaryDirectory(prefix="viewproof-station-")
        self._log = Path(self._folder.name) / "log"
        self._log.touch()
        here = msgspec.structs.replace(setup, memory=memory_limit(orders.workers), log=self._log, place=False)
        self._keepers = Keepers((), 1, here, Figures())
        if setup.place:
            self._keepers.place = self._tell
        return ""

    def _tell(self, place: Place | str) -> None:
        self._place = place

    def step(self, given: bytes) -> bytes:
        """Take a batch, where one is given, and return what came: within seconds, and once the batch is done."""
        keepers = self._keepers
        assert keepers is not None, "it has been told to begin"
        if given:
            batch = msgspec.msgpack.decode(given, type=list[Given])
            self._numbers = {one.chunk.name: number for number, one in enumerate(batch)}
            keepers.waiting.append(Batch(batch))
        judged: list[Judged] = []
        until = time.monotonic() + _A_WORD
        while True:
            try:
                keepers.start(1)
                keepers.give()
                for chunk, answer in keepers.listen():
                    judged.append(self._judged(self._numbers[chunk.name], answer))
            except PoolBroken as broken:
                return msgspec.msgpack.encode(Heard(judged=judged, broken=str(broken), printed=self._printed()))
            keepers.give()
            if judged:
                until = min(until, time.monotonic() + _HANDED_ON)
            ended = bool(self._numbers) and not keepers.waiting and not keepers.busy
            if ended or keepers.ready is not self._ready or time.monotonic() > until:
                return self._word(keepers, judged, ended=ended)

    @staticmethod
    def _judged(number: int, answer: Answer | Death) -> Judged:
        if isinstance(answer, Death):
            return Judged(number, death=(answer.verdict, answer.cause, answer.observed))
        return Judged(number, answer.record, answer.fault)

    def _word(self, keepers: Keepers, judged: list[Judged], *, ended: bool) -> bytes:
        self._ready = keepers.ready
        if ended:
            self._numbers = {}
        deaths, self._deaths = keepers.figures.deaths - self._deaths, keepers.figures.deaths
        said = self._place
        self._place = None
        return msgspec.msgpack.encode(
            Heard(
                judged=judged,
                ready=self._ready,
                ended=ended,
                place=said if isinstance(said, Place) else None,
                placeless=said if isinstance(said, str) else "",
                peak=keepers.figures.peak,
                deaths=deaths,
                printed=self._printed(),
            )
        )

    def _printed(self) -> bytes:
        """What the workers have printed since. A keeper keeps no more than a few megabytes of it."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            found = file.read()
        self._read += len(found)
        return found

    def close(self) -> None:
        """End the worker, and leave nothing behind."""
        if self._keepers is not None:
            self._keepers.stop()
        if self._folder is not None:
            self._folder.cleanup()
