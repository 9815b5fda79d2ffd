"""The run directory: made, replaced only where it is one, and read again by a resumed run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec

from viewproof.errors import UsageError

RUN, JOURNAL, SUMMARY, REPORT = "run.json", "journal.jsonl", "summary.json", "report.md"
#: What the workers write to standard error: warnings of torch's C++ code, and the last words of one that dies.
WORKERS = "workers.log"
#: What a run writes beside these: other forms of the report, and what other programs read.
_FORMS = ("report.html", "junit.xml", "summary.md", "badge.svg", "catalog.json")
_FILES = (JOURNAL, SUMMARY, REPORT, WORKERS, RUN, *_FORMS)


Seed = Annotated[int, msgspec.Meta(ge=0)]


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
        probe = path / f".{RUN}.probe"
        probe.write_text("")
        probe.unlink()
        for name in _FILES:
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"output directory {path}: cannot be written ({error.strerror or error})") from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content`, whole or not at all."""
    half = path.with_name(f".{path.name}.half")
    half.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    half.replace(path)


def read_run(path: Path) -> dict[str, Any]:
    """The run.json of an earlier run. Raises UsageError where there is none."""
    try:
        content: dict[str, Any] = json.loads((path / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"run directory {path}: wanted one that holds {RUN} ({error})") from error
    return content


def seed_of(path: Path, run: dict[str, Any]) -> int | None:
    """The seed that an earlier run was shuffled by; None where it was not."""
    try:
        return msgspec.convert(run.get("seed"), Seed | None)
    except msgspec.ValidationError as error:
        raise UsageError(f"run directory {path}: its {RUN} wanted a seed >= 0 or null ({error})") from error


def selection_of(path: Path, run: dict[str, Any]) -> Selection:
    """What an earlier run was asked for."""
    try:
        return msgspec.convert(run["selection"], Selection)
    except (KeyError, msgspec.ValidationError) as error:
        raise UsageError(f"run directory {path}: its {RUN} does not say what was asked for ({error})") from error
