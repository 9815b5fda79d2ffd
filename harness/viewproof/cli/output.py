"""What the verbs print: our own lines, in which nothing acts on a terminal, and apart from what kernels print."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

import click

from viewproof.engine.prints import flush_prints
from viewproof.records.written import not_written
from viewproof.visible import visible

#: Whether `apart_from_kernels` holds, and where our lines go then; else to standard output.
_within = False
_ours: TextIO | None = None


def say(*lines: str, err: bool = False) -> None:
    """Print each of `lines` as one line, on standard output or standard error (`err`).

    Names, messages and paths may stand in them: line breaks and all that acts on a terminal are spelled out.
    """
    for line in lines:
        _print(visible(line), err=err)


def say_laid_out(text: str) -> None:
    """Print a text of several lines whose line breaks and tabs are our own: a table, a drawing, a page, a script."""
    _print(visible(text.removesuffix("\n"), keep="\n\t"), err=False)


def _print(text: str, *, err: bool) -> None:
    stream = sys.stderr if err else own_stream()
    if stream is None:  # it is closed
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def own_stream() -> TextIO | None:
    """The stream that `say` writes to, for a table that another library prints. None where it is closed."""
    return _ours if _within else sys.stdout


def write_or_say(text: str, output: Path | None) -> None:
    """Write `text` to `output` and say so, or print it. Raises UsageError or NotWritten where it cannot be."""
    if output is None:
        say_laid_out(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise not_written(output, error, "-o") from error
    say(f"wrote {output}")


@contextmanager
def apart_from_kernels() -> Iterator[None]:
    """Within: what anything but `say` writes to standard output goes to standard error, also from below Python.

    It decorates a verb that runs a case, or imports a module of the user's, in this process.
    """
    global _within, _ours
    outer, stdout = (_within, _ours), own_stream()
    flush_prints()
    _open_standard_error()
    kept = os.dup(1) if _is_open(1) else None
    os.dup2(2, 1)
    own = None if kept is None or stdout is None or not _is_on_1(stdout) else _again_on(kept, stdout)
    _within, _ours = True, stdout if own is None else own
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        flush_prints()
        _within, _ours = outer
        if own is not None:
            with suppress(OSError):  # nobody reads on
                own.close()
        if kept is None:
            os.close(1)
        else:
            os.dup2(kept, 1)
            os.close(kept)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _open_standard_error() -> None:
    """Have something on descriptor 2, where kernels print: nowhere, if it is closed."""
    if not _is_open(2):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != 2:
            os.dup2(nowhere, 2)
            os.close(nowhere)


def _is_on_1(stdout: TextIO) -> bool:
    try:
        return stdout.fileno() == 1
    except (AttributeError, OSError, ValueError):
        return False


def _again_on(kept: int, stdout: TextIO) -> TextIO:
    return open(kept, "w", encoding=stdout.encoding, errors=stdout.errors, buffering=1, closefd=False)
