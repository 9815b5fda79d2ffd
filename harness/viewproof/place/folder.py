"""Controls imports from the current folder: only modules that the user names are searched for in it.

An unrelated file that is called `token.py`, `copy.py` or `jinja2.py` must not be taken for the library of that name.
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
    """Within: a Python process that is started does not search the current folder, as one with `-c` does first."""
    before = os.environ.get(_SAFE)
    os.environ[_SAFE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE]
        else:
            os.environ[_SAFE] = before
