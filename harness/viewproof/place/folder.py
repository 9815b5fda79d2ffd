"""The current folder, and what is imported: modules that the user names are looked for in it, and nothing else is.

A file of another's that is called `token.py`, `copy.py` or `jinja2.py` must not be taken for the library of that name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SAFE = "PYTHONSAFEPATH"


def search_here() -> None:
    """Look for modules in the current folder first, as `python -m` does: an installed script's path lacks it.

    Workers inherit this process's path.
    """
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


@contextmanager
def not_searched() -> Iterator[None]:
    """Keep the folder from the path of a Python that is started in here: one started with `-c` looks there first."""
    before = os.environ.get(_SAFE)
    os.environ[_SAFE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE]
        else:
            os.environ[_SAFE] = before
