"""Stretches of work in which no garbage is collected.

Torch's half a million objects stay for as long as the process. While they are made, and while many others are made
beside them, Python's collector walks all of them time and again: a fifth of the time in which torch is loaded.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(*, kept: bool = False) -> Iterator[None]:
    """Collect no garbage meanwhile. `kept` says that what is here at the end stays: it is never walked from then on."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if kept:
            gc.freeze()
        if collecting:
            gc.enable()
