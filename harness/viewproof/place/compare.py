"""Describes in words what may change a verdict in a place (where a process runs), and how two places differ in that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from viewproof.place.here import Place


class PlaceDifference(NamedTuple):
    """One thing in which two places differ."""

    what: str
    before: str
    after: str


def words(place: Place) -> dict[str, str]:
    """What a place is in short: what computes, with what, and how. Addresses, hashes and folders are left out."""
    return {
        "processor": place.processor,
        "capability": place.capability,
        "threads": f"{place.threads} ({place.interop_threads} between operators)",
        "BLAS": str(place.blas),
        "LAPACK": str(place.lapack),
        "oneDNN": str(place.onednn),
        "deterministic": str(place.deterministic),
    }


def unlike(before: Place | None, after: Place | None) -> list[PlaceDifference]:
    """The differences of two places; none where one of them is not known."""
    if before is None or after is None:
        return []
    was, is_ = words(before), words(after)
    return [PlaceDifference(what, was[what], is_[what]) for what in was if was[what] != is_[what]]


def place_in(environment: Mapping[str, Any]) -> Place | None:
    """Where a worker ran, as run.json's `environment` has it; None where it does not say it, or not as it is said now.

    An unreadable place is no reason to refuse a run: earlier versions wrote none, later ones may write
    more.
    """
    try:
        return msgspec.convert(environment.get("worker"), Place)
    except msgspec.ValidationError:
        return None
