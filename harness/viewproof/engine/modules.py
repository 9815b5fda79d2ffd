"""Imports the modules that a user names with `--import`, so that their kernels register."""

from __future__ import annotations

import importlib

from viewproof.engine.fault import words_of
from viewproof.errors import UsageError
from viewproof.place.folder import search_here


def import_modules(names: tuple[str, ...]) -> None:
    """Import the user's modules, in this process. Raises UsageError where one cannot be, or would end the process."""
    if names:
        search_here()
    for name in names:
        try:
            importlib.import_module(name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A module that says `sys.exit(0)` has been imported no more than one that raises.
            raise UsageError(f"--import {name}: cannot be imported ({words_of(error)})") from error
