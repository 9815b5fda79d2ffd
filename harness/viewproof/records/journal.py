"""The journal: one JSON line for each finished chunk, flushed as it ends, read back whatever happened to the run."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import msgspec

from viewproof.records.model import ChunkRecord

_DECODER = msgspec.json.Decoder(ChunkRecord)


class JournalError(ValueError):
    """A line of the journal, other than a torn last one, is no record."""


class Journal:
    """A journal open for appending. A half-written last line, left by a killed run, is cut off first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _cut_torn_end(path)
        self._file = path.open("ab")
        self._encoder = msgspec.json.Encoder()

    def append(self, record: ChunkRecord) -> None:
        self._file.write(self._encoder.encode(record) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cut_torn_end(path: Path) -> None:
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        with path.open("r+b") as file:
            file.truncate(whole)


def read_journal(path: Path) -> list[ChunkRecord]:
    """The records of a journal, each chunk once. A torn last line is left out: its chunk runs again on resume."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    records: dict[str, ChunkRecord] = {}
    for number, line in enumerate(lines[:-1], start=1):
        try:
            record = _DECODER.decode(line)
        except msgspec.DecodeError as error:
            raise JournalError(f"{path}:{number}: wanted one chunk's record, got {line[:60]!r} ({error})") from error
        records.setdefault(record.chunk, record)
    return list(records.values())
