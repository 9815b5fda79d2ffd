"""A process's description of where it runs, as plain data: equal descriptions should mean equal verdicts."""

from __future__ import annotations

import locale
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from viewproof.place.libraries import BLAS, LAPACK, Library, library_of
from viewproof.place.onednn import OneDNN, onednn_here
from viewproof.place.processor import processor_name

#: 1 July 2026, noon, UTC: one instant, in seconds since the epoch, whose local time every process can be asked for.
_INSTANT = 1_782_907_200


class Deterministic(msgspec.Struct, frozen=True, kw_only=True):
    """torch's own settings of what may differ from one run to another."""

    algorithms: bool
    warn_only: bool
    fill_uninitialized_memory: bool
    float32_matmul_precision: str

    def __str__(self) -> str:
        algorithms = "asked for" if self.algorithms else "not asked for"
        warned = ", warned of only" if self.warn_only else ""
        filled = "filled" if self.fill_uninitialized_memory else "left as it is"
        return f"{algorithms}{warned}; fresh memory {filled}; float32 products {self.float32_matmul_precision}"


class TimeZone(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the zone, and how far it is ahead of UTC, in seconds, at noon (UTC) of 1 July 2026."""

    names: tuple[str, str]
    ahead: int

    def __str__(self) -> str:
        hours, minutes = divmod(abs(self.ahead) // 60, 60)
        return f"{self.names[0]}, UTC{'-' if self.ahead < 0 else '+'}{hours:02d}:{minutes:02d}"


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """What is out of the ordinary in a folder's path. Not the path: it may hold the name of a user."""

    space: bool
    non_ascii: bool

    def __str__(self) -> str:
        return f"{'a space' if self.space else 'no space'}, {'not ' if self.non_ascii else ''}all ASCII"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one process runs. `capability` is the one that torch chose its vectorized kernels for.

    `threads` are those of one operator, `interop_threads` those of torch's task pool. `hash_probe` is the hash of one
    text, which tells hash seeds apart; `encoding` and `locale` are those of the C library after Python's own start.
    """

    processor: str
    capability: str
    threads: int
    interop_threads: int
    blas: Library
    lapack: Library
    onednn: OneDNN
    deterministic: Deterministic
    hash_randomization: bool
    hash_probe: int
    encoding: str
    file_names: str
    locale: str
    time_zone: TimeZone
    working_folder: Folder
    temporary_folder: Folder


def place_here() -> Place:
    """The place of this process. Runs one operator of torch's; milliseconds where torch is loaded."""
    import torch

    return Place(
        processor=processor_name(),
        capability=str(torch.backends.cpu.get_cpu_capability()),
        threads=torch.get_num_threads(),
        interop_threads=torch.get_num_interop_threads(),
        blas=library_of(BLAS),
        lapack=library_of(LAPACK),
        onednn=onednn_here(),
        deterministic=Deterministic(
            algorithms=torch.are_deterministic_algorithms_enabled(),
            warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
            fill_uninitialized_memory=bool(torch._C._get_deterministic_fill_uninitialized_memory()),
            float32_matmul_precision=torch.get_float32_matmul_precision(),
        ),
        hash_randomization=bool(sys.flags.hash_randomization),
        hash_probe=hash("viewproof"),
        encoding=locale.nl_langinfo(locale.CODESET) if hasattr(locale, "nl_langinfo") else locale.getencoding(),
        file_names=sys.getfilesystemencoding(),
        locale=locale.setlocale(locale.LC_CTYPE),
        time_zone=TimeZone(names=time.tzname, ahead=time.localtime(_INSTANT).tm_gmtoff),
        working_folder=folder(Path.cwd()),
        temporary_folder=folder(Path(tempfile.gettempdir())),
    )


def folder(path: Path) -> Folder:
    """What is out of the ordinary in `path`."""
    spelled = os.fsencode(path)
    return Folder(space=b" " in spelled, non_ascii=not spelled.isascii())
