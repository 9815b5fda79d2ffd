"""The run directory: its files, and how it is made ready for a run; one is replaced only where it is a run's."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import msgspec

from viewproof.errors import UsageError
from viewproof.records.sealed import sealed
from viewproof.records.written import half_of, new_file, not_written, write_whole

RUN, JOURNAL, SUMMARY, REPORT = "run.json", "journal.jsonl", "summary.json", "report.md"
#: What the workers write to standard error: warnings of torch's C++ code, and the last words of one that dies.
WORKERS = "workers.log"
#: What a run writes beside these: other forms of the report, and what other programs read.
_FORMS = ("report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json")
_FILES = (JOURNAL, SUMMARY, REPORT, WORKERS, RUN, *_FORMS)
#: What says what a run came to: none of it may stand beside a run that goes on.
_CONCLUSIONS = (SUMMARY, REPORT, *_FORMS)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for: with the suites and torch, all that a plan depends on.

    `contracts` are those of others whose suites are to be run as viewproof's own are.
    """

    queries: tuple[str, ...] = ()
    level: int | None = None
    device: str = "cpu"
    profile: str = "quick"
    imports: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()


def claim(path: Path) -> None:
    """Make `path` ready for a new run. Raises UsageError where it is no place for one, and touches nothing then."""
    try:
        if path.is_dir() and any(path.iterdir()) and not (path / RUN).is_file():
            raise UsageError(f"output directory {path}: wanted a new, an empty or an earlier run's, got something else")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(path, error, "output directory") from error
    _clear(path, _FILES)


def claim_again(path: Path) -> None:
    """Make the run directory `path` ready for its run to go on: what an earlier end of it concluded is taken away.

    Raises UsageError where it cannot be written.
    """
    _clear(path, _CONCLUSIONS)
    for file in (path / JOURNAL, path / WORKERS):
        try:
            if file.is_symlink():
                # What is behind it is no part of the run.
                raise OSError(errno.ELOOP, "it is a link")
            file.open("ab").close()
        except OSError as error:
            raise not_written(file, error) from error


def _clear(path: Path, names: tuple[str, ...]) -> None:
    """Take these files away, and halves of them. Raises UsageError, with the file, where that cannot be done."""
    file = path / f".{RUN}.probe"
    try:
        new_file(file).close()
        file.unlink()
        for name in names:
            file = path / name
            half_of(file).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
    except OSError as error:
        raise not_written(file, error) from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` and its digest, whole or not at all. Raises UsageError or NotWritten where it cannot be."""
    write_whole({path: sealed(content)})
