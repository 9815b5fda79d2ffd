"""Writes files whole or not at all, and says of one that cannot be written which it is and why."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from viewproof.errors import NotWritten, UsageError
from viewproof.records.spelled import spelled

#: Errors of a place that is none to write in, which whoever named it must change. Any other is no fault of theirs.
_NO_PLACE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENOENT,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    }
)


def not_written(path: Path, error: OSError, what: str = "") -> UsageError | NotWritten:
    """The error that says that `path` cannot be written: usage where it is no place to write, else NotWritten."""
    kind = UsageError if error.errno in _NO_PLACE else NotWritten
    said = f"{what}{' ' if what else ''}{path}: cannot be written ({error.strerror or error})"
    return kind(spelled(" ".join(said.split())))


def half_of(path: Path) -> Path:
    """Where a file lies until it is whole."""
    return path.with_name(f".{path.name}.half")


def write_whole(files: Mapping[Path, str | bytes]) -> None:
    """Write all of the files, or none: each takes its place once all of them are whole.

    Raises UsageError or NotWritten, as `not_written` says; then none of the files is there, nor a half of one.
    """
    done: list[Path] = []
    path = Path()
    try:
        for path, content in files.items():
            done.append(half_of(path))
            with new_file(half_of(path)) as file:
                file.write(content if isinstance(content, bytes) else _bytes(content))
        for path in files:
            half_of(path).replace(path)
            done.append(path)
    except OSError as error:
        for one in done:
            with suppress(OSError):
                one.unlink(missing_ok=True)
        raise not_written(path, error) from error
    except BaseException:
        # Somebody stops the run: what took its place stays, and no half of a file.
        for half in map(half_of, files):
            with suppress(OSError):
                half.unlink(missing_ok=True)
        raise


def new_file(path: Path) -> BinaryIO:
    """A file that is made here, in the place of whatever is there: a link that lies there is never written through."""
    path.unlink(missing_ok=True)
    return path.open("xb")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def append_all(descriptor: int, content: bytes) -> None:
    """Write all of `content` to an open file. Raises OSError; what could be written is there then."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
