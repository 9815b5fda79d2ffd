"""How many threads an operator may use in a worker: one, unless the environment asks for another number."""

from __future__ import annotations

from collections.abc import Mapping

#: torch takes the first of these that is set (with MKL, which reads both, and without).
VARIABLES = ("MKL_NUM_THREADS", "OMP_NUM_THREADS")


def asked_threads(environment: Mapping[str, str]) -> int:
    """The number that the environment asks for, or 1: workers share the processors, so that each has one of its own.

    torch is told this number, and not asked for its own: MKL takes no more threads than there are processors, and torch
    follows it, so that a larger number would silently not arrive. OpenMP's `4,2` is four threads on the outermost
    level. What is no number is ignored, as OpenMP does.
    """
    for name in VARIABLES:
        outermost = environment.get(name, "").partition(",")[0].strip()
        if outermost.isascii() and outermost.isdecimal() and int(outermost) > 0:
            return int(outermost)
    return 1
