"""Runs a user's script as a program of its own, under the mode, and says how it ended."""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from viewproof.engine.fault import words_of
from viewproof.live.session import LiveBlock


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended: `returned`, `exited` by sys.exit, `raised` or `was interrupted`; `status` is its own."""

    how: str
    status: int
    text: str = ""

    @property
    def failed(self) -> bool:
        """Whether the program failed by its own account."""
        return self.status != 0

    def __str__(self) -> str:
        words = {"returned": "ran to its end", "exited": f"exited with status {self.status}"}
        return words.get(self.how) or f"{self.how} {self.text} (status {self.status})"


def run_script(script: Path, arguments: Sequence[str], block: LiveBlock) -> Ending:
    """Run `script` as `__main__` with `arguments`, in `block`. What it raises is printed as Python would, and returned.

    The block is left before this returns, whatever the script did; its threads may go on, unseen.
    """
    try:
        with _as_program(script, arguments), block:
            runpy.run_path(str(script), run_name="__main__")
    except SystemExit as error:
        code = error.code
        if code is None or code == 0:
            return Ending("exited", 0)
        if not isinstance(code, int):
            print(code, file=sys.stderr)
        return Ending("exited", code if isinstance(code, int) else 1, str(code))
    except KeyboardInterrupt as error:
        _print_traceback(error, script)
        return Ending("was interrupted", 130, "by the keyboard")
    except BaseException as error:  # noqa: BLE001  the program's own end, reported as such
        _print_traceback(error, script)
        return Ending("raised", 1, words_of(error))
    return Ending("returned", 0)


def _print_traceback(error: BaseException, script: Path) -> None:
    # From the script's first frame on: what is above is ours and runpy's.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(script):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace or error.__traceback__, file=sys.stderr)


@contextmanager
def _as_program(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    argv, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path
