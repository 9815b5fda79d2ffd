"""The words in which a file of a run is refused: the file, its line if there is one, what was wanted, what was got."""

from __future__ import annotations

from pathlib import Path

from viewproof.errors import NotTrusted, UsageError
from viewproof.records.spelled import spelled

#: The most characters of a path, and of what was wanted or got: what is wrong must be read, however long they are.
_PATH, _PART = 90, 90
LONGEST = 290
"""The most characters of a refusal: with the word before it, it is one line that can be read."""


def refused(path: Path, wanted: object, got: object, line: int | None = None) -> NotTrusted:
    """The error that says that the file `path` is understood and not to be believed: it was edited, torn or mixed."""
    return NotTrusted(_said(path, wanted, got, line))


def not_understood(path: Path, wanted: object, got: object, line: int | None = None) -> UsageError:
    """The error that says that the file `path` is none of those that were wanted here."""
    return UsageError(_said(path, wanted, got, line))


def _said(path: Path, wanted: object, got: object, line: int | None) -> str:
    place = _place(path) + ("" if line is None else f":{line}")
    return f"{place}: wanted {_short(wanted)}, got {_short(got)}"[:LONGEST]


def unreadable(path: Path, wanted: str, error: Exception) -> UsageError:
    """The error that says that the file `path` is none of what was wanted, in the system's or the decoder's words."""
    if isinstance(error, OSError):
        said = f"it cannot be read: {error.strerror or error}"
    elif isinstance(error, RecursionError):
        said = "JSON that is nested too deep"
    else:
        said = str(error)
    return UsageError(f"{_place(path)}: wanted {wanted} ({spelled(' '.join(said.split()))})"[:LONGEST])


def _place(path: Path) -> str:
    return _short(str(path), _PATH, tail=True)


def _short(said: object, longest: int = _PART, *, tail: bool = False) -> str:
    text = spelled(" ".join(str(said).split()))
    if len(text) <= longest:
        return text
    return f"...{text[3 - longest :]}" if tail else f"{text[: longest - 3]}..."
