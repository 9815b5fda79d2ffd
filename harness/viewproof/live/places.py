"""Finds where in the user's source a call was made: in the innermost frame outside of torch, viewproof and Python."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

import torch

from viewproof.errors import UsageError

_OURS = str(Path(__file__).resolve().parents[1])
_TORCH = str(Path(torch.__file__).resolve().parent)
_PYTHON = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
#: Code that torch writes and runs: compiled graphs, exec'ed strings.
_GENERATED = ("<", "torchinductor")
#: Files whose frames lie between any call and a dispatch mode.
_DISPATCHING = ("_ops.py", "_compile.py", "_python_dispatch.py", "eval_frame.py")

#: By a code object's identity, whether a frame of it is the user's, and the code object, which keeps the identity its
#: own; a program has few thousand. Hashing a code object hashes all of its constants.
_USERS: dict[int, tuple[bool, CodeType]] = {}


class SourceLine(NamedTuple):
    """A line of source: `file` as Python names it, `line` from 1, the function, whether in a backward pass."""

    file: str
    line: int
    function: str
    backward: bool = False

    def __str__(self) -> str:
        around = f" in {self.function}" if self.function else ""
        return f"{self.file}:{self.line}{around}{' (backward)' if self.backward else ''}"

    @property
    def source(self) -> str:
        """The text of the line, stripped; empty where it cannot be read."""
        return linecache.getline(self.file, self.line).strip()


NOWHERE = SourceLine("(no frame of a program)", 0, "")


def _is_users(code: CodeType) -> bool:
    name = code.co_filename
    if name.startswith(_GENERATED[0]) and not name.startswith("<stdin"):
        return False
    if _GENERATED[1] in name or name.startswith((_OURS, _TORCH)):
        return False
    if name.startswith(_PYTHON):
        return "site-packages" in name or "dist-packages" in name
    return True


def user_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame from `frame` outwards that is the user's, None where there is none."""
    while frame is not None:
        code = frame.f_code
        users = _USERS.get(id(code))
        if users is None:
            users = _USERS[id(code)] = (_is_users(code), code)
        if users[0]:
            return frame
        frame = frame.f_back
    return None


def line_of(code: CodeType, instruction: int) -> int:
    """The line of an instruction (a frame's `f_lasti`); the code's first line where it has none."""
    for first, end, line in code.co_lines():
        if first <= instruction < end and line is not None:
            return line
    return code.co_firstlineno


def place_of(frame: FrameType | None) -> SourceLine:
    """The place of a frame."""
    if frame is None:
        return NOWHERE
    code = frame.f_code
    backward = torch._C._current_graph_task_id() != -1
    return SourceLine(code.co_filename, frame.f_lineno, code.co_qualname, backward)


def place_of_code(code: CodeType | None, line: int, backward: bool) -> SourceLine:
    """The place of a line of a code object."""
    return NOWHERE if code is None else SourceLine(code.co_filename, line, code.co_qualname, backward)


def via(frame: FrameType | None) -> str:
    """Torch's own innermost line between the call and the user's, empty where the user's code called it directly."""
    users = user_frame(frame)
    while frame is not None and frame is not users:
        name = frame.f_code.co_filename
        if name.startswith(_TORCH) and not name.endswith(_DISPATCHING):
            return f"torch{name[len(_TORCH) :]}:{frame.f_lineno} in {frame.f_code.co_qualname}"
        frame = frame.f_back
    return ""


class LineFilter:
    """Which source lines have their calls checked: `model.py`, `model.py:120`, `src/*.py:10-20`; `*` and `?` are wild.

    Raises UsageError for a text that is no such pattern.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.patterns = [_pattern(text) for text in texts]

    def takes(self, file: str, line: int) -> bool:
        """Whether the calls of a line of a file are checked."""
        path = file.replace("\\", "/")
        return not self.patterns or any(
            first <= line <= last and (fnmatchcase(path, name) or fnmatchcase(path, f"*/{name}"))
            for name, first, last in self.patterns
        )


def _pattern(text: str) -> tuple[str, int, int]:
    name, colon, lines = text.replace("[", "[[]").rpartition(":")
    if not text.strip():
        raise UsageError("line '': wanted FILE, FILE:LINE or FILE:FIRST-LAST, got nothing")
    if not colon or not lines or not lines[0].isdigit():
        return text.replace("[", "[[]"), 0, sys.maxsize
    first, dash, last = lines.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()) or not name or len(lines) > 40:
        raise UsageError(f"line {text!r}: wanted FILE, FILE:LINE or FILE:FIRST-LAST, got {lines!r} for the lines")
    if dash and int(last) < int(first):
        raise UsageError(f"line {text!r}: wanted FIRST before LAST, got {lines!r}")
    return name, int(first), int(last) if dash else int(first)
