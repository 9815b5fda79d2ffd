"""The journal: one JSON line for each finished chunk, flushed as it ends, read back whatever happened to the run.

Each line ends with its link: a digest of the line and of the link before, the first of the plan's hash. A line that was
edited, left out, put in, or taken from another plan breaks the chain; the last link stands for the whole journal. Links
are made of the bytes that were written, and verified on the bytes that are there.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import msgspec

from viewproof.records.model import ChunkRecord
from viewproof.records.possible import why_impossible
from viewproof.records.refused import not_understood, refused, unreadable
from viewproof.records.written import append_all, not_written
from viewproof.regular import read_regular

_DECODER = msgspec.json.Decoder(ChunkRecord)
_BEFORE, _BEHIND = b',"link":"sha256:', b'"}'
_WIDTH = len(_BEFORE) + 64 + len(_BEHIND)


class JournalLine(ChunkRecord, kw_only=True):
    """A line of journal.jsonl: a record, and at its end its link.

    `link` is the SHA-256 of the link before (of the first line: the hash of the plan, as in run.json), a line feed, and
    the line's bytes without `,"link":"..."`. It is empty in lines of versions that kept none.
    """

    link: str = ""


class Kept(NamedTuple):
    """What a journal holds: its records, line by line, and its last link (empty where its lines have none).

    `torn` says that it ends in the middle of a line, which was left out. `links` are those of its
    lines, if they have any.
    """

    records: list[ChunkRecord]
    link: str
    torn: bool
    links: tuple[str, ...] = ()


class Journal:
    """A journal open for appending to what is there. A half-written last line, left by a killed run, is cut off first.

    `link` is the last link. Raises UsageError or NotWritten, with the journal's name, where it cannot be written; what
    was written stays.
    """

    def __init__(self, path: Path, plan: str) -> None:
        self.path = path
        try:
            self.link = _cut_torn_end(path, plan)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise not_written(path, error) from error
        self._encoder = msgspec.json.Encoder()

    def append(self, record: ChunkRecord) -> None:
        """Write the record's line."""
        body = self._encoder.encode(record)
        link = _link_of(self.link, body[:-1])
        try:
            append_all(self._file, b"".join((body[:-1], _BEFORE, link.encode(), _BEHIND, b"\n")))
        except OSError as error:
            raise not_written(self.path, error) from error
        self.link = f"sha256:{link}"

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _link_of(before: str, body: bytes | memoryview) -> str:
    """The digits of the link of a line that is `body` and a closing bracket."""
    digest = hashlib.sha256(f"{before}\n".encode())
    digest.update(body)
    digest.update(b"}")
    return digest.hexdigest()


def _cut_torn_end(path: Path, plan: str) -> str:
    """Cut off what is no whole line. Returns the last link."""
    if not path.exists():
        return plan
    content = read_regular(path)
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        os.truncate(path, whole)
    last = content[:whole].rstrip(b"\n").rpartition(b"\n")[2]
    return _said_link(last) or plan


def _said_link(line: bytes) -> str:
    """The link that a line says it has; empty where it has none."""
    end = line[-_WIDTH:]
    if not (end.startswith(_BEFORE) and end.endswith(_BEHIND)):
        return ""
    return "sha256:" + end[len(_BEFORE) : -len(_BEHIND)].decode("ascii", "replace")


def read_journal(path: Path, plan: str) -> Kept:
    """What the journal of the plan with this hash holds. A torn last line is left out.

    Raises UsageError, with the line, where it cannot be read, a line is no record or one that cannot be, a chunk has
    two records, or a link does not hold.
    """
    content = _content(path)
    lines = content.split(b"\n")
    records: list[ChunkRecord] = []
    places: dict[str, int] = {}
    link, links = plan, []
    chained = bool(_said_link(lines[0])) if len(lines) > 1 else True
    for number, line in enumerate(lines[:-1], start=1):
        said = _said_link(line)
        if bool(said) is not chained:
            wanted = f"a line {'with' if chained else 'without'} a link, as the first line is"
            raise refused(path, wanted, f"one {'without' if chained else 'with'} a link", number)
        if chained:
            due = f"sha256:{_link_of(link, memoryview(line)[:-_WIDTH])}"
            if said != due:
                raise refused(path, f"a line that follows the one before, of link {due[:19]}", said[:19], number)
            link = said
            links.append(said)
        record = _record(path, number, line)
        if record.chunk in places:
            raise refused(path, f"each chunk once ({record.chunk})", f"it in line {places[record.chunk]} too", number)
        places[record.chunk] = number
        records.append(record)
    return Kept(records, link if chained else "", bool(lines[-1]), tuple(links))


def _content(path: Path) -> bytes:
    try:
        return read_regular(path) if path.exists() else b""
    except OSError as error:
        raise unreadable(path, "a journal", error) from error


def _record(path: Path, number: int, line: bytes) -> ChunkRecord:
    try:
        record = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise not_understood(path, "one chunk's record", f"{line[:12]!r} ({error})", number) from error
    if impossible := why_impossible(record):
        raise refused(path, *impossible, number)
    return record
