"""Context manager in which chunks are checked: garbage collection is off and torch's warnings are ignored."""

from __future__ import annotations

import gc
import warnings
from types import TracebackType


class _Quiet:
    """Entered once for many chunks and again for each: only the outermost does anything. For one thread at a time.

    A chunk makes few cycles, and a collection costs as much as thousands of cases. Torch warns of experimental dtypes
    and deprecated uses, once per process; no verdict depends on that.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._collected = False
        self._warnings: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        self._collected = gc.isenabled()
        gc.disable()
        self._warnings = warnings.catch_warnings(action="ignore")
        self._warnings.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth:
            return
        if self._warnings is not None:
            self._warnings.__exit__(kind, error, trace)
        if self._collected:
            gc.enable()


quiet = _Quiet()
