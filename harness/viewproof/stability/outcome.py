"""The outcome of a run: its records, the settings that it really had, and its differences from the reference run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewproof.errors import UsageError
from viewproof.place import Place, place_in
from viewproof.records.directory import read_directory
from viewproof.records.model import ChunkRecord
from viewproof.records.same import Change, differences
from viewproof.stability.preload import BrokenProduct
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import Setting


@dataclass(frozen=True, slots=True)
class Reading:
    """A setting, what was asked for, and what was read back; `arrived` where that is the same."""

    setting: Setting
    wanted: str
    got: str

    @property
    def arrived(self) -> bool:
        return self.got == self.wanted


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. Where it gave no evidence, `why_none` says why, and there is nothing else.

    `explained` are differences that a preload itself makes, which `broken` proves; `changes` are the others.
    """

    run: PlannedRun
    status: int
    why_none: str | None = None
    records: tuple[ChunkRecord, ...] = ()
    place: Place | None = None
    content: Mapping[str, Any] | None = None
    verdicts: Mapping[str, int] | None = None
    readings: tuple[Reading, ...] = ()
    changes: tuple[Change, ...] = ()
    explained: tuple[Change, ...] = ()
    broken: tuple[BrokenProduct, ...] = ()


def read_outcome(run: PlannedRun, folder: Path, status: int, said: str) -> Outcome:
    """Read back what lies in the run directory `folder`, of a run that ended with `status`."""
    if status not in (0, 1):
        return Outcome(run, status, f"viewproof run ended with {status}: {said}")
    try:
        found = read_directory(folder)
    except UsageError as error:
        return Outcome(run, status, str(error))
    content, verdicts, records = found.run, found.summary.verdicts, tuple(found.records or ())
    environment = content.get("environment") or {}
    place = place_in(environment)
    if place is None:
        return Outcome(run, status, f"no worker said where it runs: {environment.get('worker_unknown', 'no word')}")
    readings = tuple(Reading(setting, ask.wanted, setting.read(place, content)) for setting, ask in run.asked)
    return Outcome(run, status, records=records, place=place, content=content, verdicts=verdicts, readings=readings)


def compared(
    reference: Sequence[ChunkRecord], after: Sequence[ChunkRecord], broken: Sequence[BrokenProduct]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """How `after` differs from the reference run: unexplained differences, and those that a broken preload explains."""
    changes = differences(reference, after)
    failures = [one for one in changes if one.what == "failure" and any(each.explains(one) for each in broken)]
    # The counts of a chunk follow from its failures, each of which is a change of its own.
    counted = {_tally(one) for one in failures}
    explained = [one for one in changes if one in failures or (one.what == "verdicts" and _tally(one) in counted)]
    return tuple(one for one in changes if one not in explained), tuple(explained)


def _tally(change: Change) -> tuple[str, ...]:
    return change.suite, change.operator, change.family, change.target, change.rule
