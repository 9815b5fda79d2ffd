"""Where a worker is: the chunk, the target and the execution that it runs, noted in memory that outlives it.

Whoever looks after a worker reads there what it was doing when it died, or stopped to answer. It is a hint and no
more: what it points at is run again by itself before anybody believes it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

#: What is noted, each by its number: of the chunk in its batch, of the target in the chunk, of the execution there.
CHUNK, TARGET, EXECUTION = range(3)
NOWHERE = -1
_BYTES = 3 * 8


class Whereabouts(NamedTuple):
    """What was noted; NOWHERE stands where nothing of the kind was begun."""

    chunk: int
    target: int
    execution: int


def own_slots() -> memoryview:
    """Numbers that this process alone reads, and of which none is noted."""
    slots = memoryview(bytearray(_BYTES)).cast("q")
    forget(slots)
    return slots


def forget(slots: memoryview) -> None:
    """Note that nothing is begun."""
    slots[CHUNK] = slots[TARGET] = slots[EXECUTION] = NOWHERE


def shared_slots(path: Path) -> memoryview:
    """The numbers that stand in a file, for each process that has mapped it. The file is made where there is none."""
    if not path.exists():
        path.write_bytes(bytes(own_slots()))
    with path.open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), _BYTES)).cast("q")


class _Notes:
    """The numbers as this process writes them: for itself alone, until `note_in` names a file that others read too."""

    def __init__(self) -> None:
        self.slots = own_slots()


NOTES = _Notes()


def _be_nowhere() -> None:
    NOTES.slots = own_slots()


if hasattr(os, "register_at_fork"):
    # What a kernel forks notes nothing of what its parent does, and ends where it comes back from the kernel (`Noted`).
    os.register_at_fork(after_in_child=_be_nowhere)


def note_in(path: Path) -> None:
    """In the worker: write down there, from now on, where it is."""
    NOTES.slots = shared_slots(path)


def read(slots: memoryview) -> Whereabouts:
    """What is noted now."""
    return Whereabouts(*slots.tolist())


def begin_chunk(number: int) -> None:
    """Note that a chunk is begun, and no target of it yet."""
    slots = NOTES.slots
    slots[EXECUTION] = slots[TARGET] = NOWHERE
    slots[CHUNK] = number


def begin_target(number: int) -> None:
    """Note that a target of the chunk is begun, and no execution on it yet."""
    slots = NOTES.slots
    slots[EXECUTION] = NOWHERE
    slots[TARGET] = number


class Noted(list[Any]):
    """What a session is asked, as a list that notes which execution its reader has come to.

    A session that reads all of it before it runs any is nowhere while it runs. A process that a kernel has forked ends
    here: it would do all that is left to do once more, and fork again.
    """

    __slots__ = ("_executions",)

    def __init__(self, asked: Sequence[Any], executions: Sequence[int]) -> None:
        super().__init__(asked)
        self._executions = executions

    def __iter__(self) -> Iterator[Any]:
        slots = NOTES.slots
        for execution, one in zip(self._executions, super().__iter__(), strict=True):
            slots[EXECUTION] = execution
            yield one
            if slots is not NOTES.slots:
                os._exit(0)
        slots[EXECUTION] = NOWHERE
