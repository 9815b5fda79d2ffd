"""Says an exception in words: its class and message first, then where in our own code it was raised."""

from __future__ import annotations

import traceback
from pathlib import PurePath

import msgspec

from viewproof.visible import one_line, visible


class Fault(msgspec.Struct, frozen=True):
    """An exception as text: `words` is `ClassName: message`, on one line; `where` is file, line and function."""

    words: str
    where: str

    def __str__(self) -> str:
        return f"{self.words} (raised at {self.where})" if self.where else self.words


def words_of(error: BaseException) -> str:
    """`ClassName: message`, on one line; the class alone where there is no message."""
    try:
        message = one_line(error)
    except Exception as unsaid:  # noqa: BLE001 -- a class of anybody's: how it fails to say itself is said in its place
        message = f"its message raises {type(unsaid).__name__}"
    name = visible(type(error).__name__)
    return f"{name}: {message}" if message else name


def fault_of(error: BaseException) -> Fault:
    """The exception's words, and the innermost frame of our own code; where another's raised it, that frame too."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _own_path(frame.filename) is not None]
    places = dict.fromkeys(_place(frame) for frame in (*ours[-1:], *frames[-1:]))
    return Fault(words_of(error), ", which led to ".join(places))


def _place(frame: traceback.FrameSummary) -> str:
    return visible(f"{_own_path(frame.filename) or frame.filename}:{frame.lineno}, in {frame.name}")


def _own_path(filename: str) -> str | None:
    """The path from our package on, the same wherever it is installed; None for a file of another's."""
    parts = PurePath(filename).parts
    starts = [place for place, part in enumerate(parts[:-1]) if part == "viewproof" or part.startswith("viewproof_")]
    # What is installed below a checkout of ours is not ours.
    return "/".join(parts[starts[-1] :]) if starts and "site-packages" not in parts[starts[-1] :] else None
