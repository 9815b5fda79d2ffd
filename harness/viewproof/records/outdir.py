"""The run directory: its files, and how it is made ready for a run; one is replaced only where it is a run's."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec

from viewproof.errors import UsageError
from viewproof.records.lock import LOCK
from viewproof.records.sealed import sealed
from viewproof.records.written import half_of, new_file, not_written, write_whole

RUN, JOURNAL, SUMMARY, REPORT = "run.json", "journal.jsonl", "summary.json", "report.md"
#: What the workers write to standard error: warnings of torch's C++ code, and the last words of one that dies.
WORKERS = "workers.log"
#: How far the journal was compared with what its chunks owe, while a run is not finished (`records/compared.py`).
COMPARED = ".compared.json"
#: What a run writes beside these: other forms of the report, and what other programs read.
_FORMS = ("report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json")
_FILES = (JOURNAL, SUMMARY, REPORT, WORKERS, *_FORMS, COMPARED)
_PROBE = f".{RUN}.probe"
#: What says what a run came to: none of it may stand beside a run that goes on.
_CONCLUSIONS = (SUMMARY, REPORT, *_FORMS)
#: What may lie in a directory of ours that has no run.json yet.
_BEFORE_RUN = frozenset({LOCK, _PROBE, half_of(Path(RUN)).name})


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


def found_place(path: Path) -> None:
    """Make the directory `path` where it is not there. Raises UsageError where it is no place for a run.

    One is new, empty, an earlier run's, or what a run left that was killed before it had a run.json.
    """
    try:
        if path.is_dir() and not (path / RUN).is_file() and any(one.name not in _BEFORE_RUN for one in path.iterdir()):
            raise UsageError(f"output directory {path}: wanted a new, an empty or an earlier run's, got something else")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(path, error, "output directory") from error


def begun_place(path: Path) -> None:
    """Raises UsageError, in other words than for any other folder, where a run was ended before it had a run.json."""
    if path.is_dir() and not (path / RUN).exists():
        there = {one.name for one in path.iterdir()}
        if there and there <= _BEFORE_RUN:
            said = "wanted a run that had begun, got one that was ended before; begin it anew, with --out"
            raise UsageError(f"{path}: {said}")


def claim(path: Path) -> None:
    """Make `path` ready for a new run. Raises UsageError where it is no place for one, and touches nothing then.

    An earlier run.json stays until the new one takes its place: at every instant the directory is a run's.
    """
    found_place(path)
    _clear(path, _FILES)


def claim_again(path: Path, keep: Collection[str] = ()) -> None:
    """Make the run directory `path` ready for its run to go on: what an earlier end of it concluded is taken away.

    What `keep` names stays. Raises UsageError where it cannot be written.
    """
    _clear(path, [name for name in _CONCLUSIONS if name not in keep])
    for file in (path / JOURNAL, path / WORKERS):
        try:
            if file.is_symlink():
                # What is behind it is no part of the run.
                raise OSError(errno.ELOOP, "it is a link")
            file.open("ab").close()
        except OSError as error:
            raise not_written(file, error) from error


def _clear(path: Path, names: Iterable[str]) -> None:
    """Take these files away, and halves of them. Raises UsageError, with the file, where that cannot be done."""
    file = path / _PROBE
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
