"""Caches verdicts by canonical case name, for the process, until a kernel is registered anywhere in torch."""

from __future__ import annotations

import functools
import threading
from typing import Any

import torch

from viewproof.live.watched import all_watched
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord


def registrations() -> int:
    """A hash of what is registered now for the checked operators: it changes when any kernel is added or removed.

    Reads the dispatcher's own entries, which C++ extensions and torch.library both fill, and the Python kernels, which
    it does not hold. Views are made of one another, so that a kernel of one may change the verdict on all.
    """
    parts = [
        hash((
            torch._C._dispatch_dump(_registered(overload)),
            tuple([(str(key), id(kernel)) for key, kernel in overload.py_kernels.items()]),
        ))
        for overload in all_watched()
    ]  # fmt: skip
    return hash((tuple(parts), _library_count().made))


class LibraryCount:
    """Counts the torch.library libraries made since it was created.

    The dispatcher describes two kernels registered from one line, one after the other, by the same text.
    """

    def __init__(self) -> None:
        self.made = 0
        make = torch._C._dispatch_library

        @functools.wraps(make)
        def counted(*described: Any) -> Any:
            self.made += 1
            return make(*described)

        torch._C._dispatch_library = counted  # type: ignore[assignment]


@functools.cache
def _library_count() -> LibraryCount:
    return LibraryCount()


def _registered(overload: torch._ops.OpOverload) -> str:
    name, of = overload._schema.name, overload._schema.overload_name
    return f"{name}.{of}" if of else name


class KeptVerdicts:
    """Records of cases run by name. One for the process; blocks of several threads share it."""

    def __init__(self, most: int = 50_000) -> None:
        self.most = most
        self.lock = threading.RLock()
        self._epoch: int | None = None
        self._records: dict[str, ChunkRecord] = {}

    def __len__(self) -> int:
        return len(self._records)

    def renew(self) -> bool:
        """Drop everything if a kernel was added or removed since the last call; returns whether it did."""
        epoch = registrations()
        if epoch == self._epoch:
            return False
        changed = self._epoch is not None
        self._epoch = epoch
        self._records.clear()
        return changed

    def drop(self) -> None:
        """Drop everything, so that the next block runs each of its cases."""
        with self.lock:
            self._records.clear()

    def get(self, chunk: Chunk) -> ChunkRecord | None:
        """The record of a chunk of one case, None where it was not run since."""
        return self._records.get(chunk.name)

    def keep(self, chunk: Chunk, record: ChunkRecord) -> None:
        """Keep a record."""
        if len(self._records) >= self.most:
            self._records.clear()
        self._records[chunk.name] = record


VERDICTS = KeptVerdicts()
