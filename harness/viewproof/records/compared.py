"""How far a journal was compared with what its chunks owe: a note that a run which goes on begins with.

A driver compares each record before it writes the line. One that goes on after a kill compares again what it finds, but
for the lines that this note speaks of: so a run that is killed every few seconds comes to its end. The note names the
link of a line, and stands for that line and all before it; of a journal that was changed it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from viewproof.errors import UsageError
from viewproof.records.outdir import COMPARED, write_json
from viewproof.records.sealed import read_sealed


class Compared(msgspec.Struct, frozen=True):
    """The number of lines that were compared, and the link of the last of them."""

    lines: int
    link: str


def write_compared(folder: Path, compared: Compared) -> None:
    """Note it in the run directory `folder`. Raises UsageError or NotWritten where it cannot be."""
    write_json(folder / COMPARED, msgspec.structs.asdict(compared))


def lines_compared(folder: Path, links: Sequence[str]) -> int:
    """How many lines of the journal with these links, a line each, were compared. 0 where no note says it of them."""
    try:
        content, _, sealed = read_sealed(folder / COMPARED, "a note")
        said = msgspec.convert(content, Compared)
    except (UsageError, msgspec.ValidationError):
        # None, or none that can be relied on: all is compared again.
        return 0
    known = sealed and 0 < said.lines <= len(links) and links[said.lines - 1] == said.link
    return said.lines if known else 0
