"""Finds what a preloaded library itself breaks, by comparing results with it and without it, in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import msgspec

from viewproof.records.same import Change
from viewproof.stability.complex_dot import Dot
from viewproof.stability.running import environment_of
from viewproof.stability.runs import REFERENCE, PlannedRun


class BrokenProduct(msgspec.Struct, frozen=True, kw_only=True):
    """An overload and dtype that the preload breaks: `with_it` and `without_it` are what was seen."""

    with_it: Dot
    without_it: Dot

    def __str__(self) -> str:
        seen, was = self.with_it, self.without_it
        return (
            f"{seen.overload} of {seen.dtype}: torch gives {_number(seen.torch)} where the library's own "
            f"cblas_{seen.routine}_sub gives {_number(seen.library)}, which is right; without the preload torch gives "
            f"{_number(was.torch)}"
        )

    def explains(self, change: Change) -> bool:
        """Whether a change is of that overload, on a case with operands of that dtype."""
        return change.operator == self.with_it.overload and f"{self.with_it.dtype}[" in change.case


def _number(parts: tuple[float, float] | None) -> str:
    return "nothing" if parts is None else str(complex(*parts))


def broken_by_preload(run: PlannedRun, inherited: Mapping[str, str] = os.environ) -> tuple[BrokenProduct, ...]:
    """What the run's preload breaks, seen in its own environment and in the reference's; nothing where it has none.

    Raises subprocess.CalledProcessError where one of the two processes dies.
    """
    if not run.preloads:
        return ()
    return proved(_observed(run, inherited), _observed(PlannedRun(REFERENCE), inherited))


def proved(with_it: list[Dot], without_it: list[Dot]) -> tuple[BrokenProduct, ...]:
    """Where torch is wrong with the preload and right without it, and the preloaded library itself is right."""
    return tuple(
        BrokenProduct(with_it=seen, without_it=was)
        for seen, was in zip(with_it, without_it, strict=True)
        if seen.torch != seen.arithmetic and seen.library == seen.arithmetic and was.torch == was.arithmetic
    )


def _observed(run: PlannedRun, inherited: Mapping[str, str]) -> list[Dot]:
    done = subprocess.run(
        [sys.executable, "-m", "viewproof.stability.complex_dot"],
        env=environment_of(run, inherited),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=list[Dot])
