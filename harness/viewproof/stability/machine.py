"""Finds what a setting needs on this machine: instructions of its processor, another BLAS, another locale."""

from __future__ import annotations

import ctypes.util
import locale
import os
import platform
import subprocess
import sys
from dataclasses import dataclass

from viewproof.place.processor import capabilities

#: Languages whose rules for upper and lower case, or whose decimal sign, are not those of English; any of them will do.
LOCALES = ("tr_TR.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "pl_PL.UTF-8", "es_ES.UTF-8", "ru_RU.UTF-8")


@dataclass(frozen=True, slots=True)
class Machine:
    """`instructions` are in torch's words (`avx2`); `openblas` is a name that the loader finds, or None."""

    architecture: str
    instructions: frozenset[str]
    openblas: str | None
    locale: str | None


def this_machine() -> Machine:
    """The machine that this runs on. Imports torch, which knows the processor."""
    found = {name for name, has in capabilities().items() if has is True}
    return Machine(platform.machine(), frozenset(found), ctypes.util.find_library("openblas"), _other_locale())


def _other_locale() -> str | None:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return next((name for name in LOCALES if _is_there(name)), None)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _is_there(name: str) -> bool:
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    return True


def hash_with(seed: str) -> int:
    """The hash of the text that workers hash, in a fresh Python with that hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", "print(hash('viewproof'))"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)
