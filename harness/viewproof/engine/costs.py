"""What a chunk costs, in seconds, as the repository commits it: what shards are balanced by, and progress is told by.

costs.json holds, for each profile and suite, what a chunk costs, and the operators of which one costs otherwise. It is
written by `tox -e costs` from the journals of real runs (`measured_costs.py`), and the plan's hash covers it. The
figures are of one machine: only how they stand to each other matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from statistics import median

import msgspec

from viewproof.generate.sweep import PROFILES
from viewproof.records.chunk import Chunk

FILE = "costs.json"


class SuiteCosts(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite costs at one profile, in milliseconds of a worker: generating, running, judging and recording.

    `chunk` is one chunk, `case` one case. `operators` has those of which a chunk costs otherwise, by packet, or by the
    word of another kind of subject (`aten.slice`, `history.pop`).
    """

    chunk: float
    case: float
    operators: dict[str, float] = {}


#: By profile and suite.
Costs = Mapping[str, Mapping[str, SuiteCosts]]


@cache
def _content() -> bytes:
    return resources.files(__package__).joinpath(FILE).read_bytes()


@cache
def committed() -> Costs:
    """The costs that this viewproof was shipped with."""
    return msgspec.json.decode(_content(), type=dict[str, dict[str, SuiteCosts]])


@cache
def digest() -> str:
    """The SHA-256 of the file with the costs."""
    return f"sha256:{hashlib.sha256(_content()).hexdigest()}"


def cost_of(chunk: Chunk, costs: Costs | None = None) -> float:
    """What the chunk costs by the committed costs (or those given), in seconds; more than 0, whatever the chunk.

    A suite that is not known at the profile costs what it does at the nearest smaller one that knows it, else at the
    nearest larger one; one that is known nowhere, another contract's, as much as half of the known ones do. An operator
    that the profile does not name stands to its suite as it does at smaller profiles. A case that a query names, and a
    part of a chunk, cost by the case.
    """
    costs = committed() if costs is None else costs
    profile = _nearest(chunk, costs)
    suite = costs.get(profile, {}).get(chunk.suite) if profile is not None else None
    if suite is None:
        suite = _unknown(chunk.profile, costs)
    whole = suite.chunk * weight_of(chunk.suite, packet_of(chunk.operator), chunk.profile, costs)
    if chunk.case is not None:
        whole = suite.case
    elif chunk.stop is not None:
        whole = min(whole, suite.case * (chunk.stop - chunk.start))
    return whole / 1000


def weight_of(suite: str, packet: str, profile: str, costs: Costs) -> float:
    """How many chunks of its suite's, as they are in general, one on this operator costs as much as."""
    for name in reversed(PROFILES[: PROFILES.index(profile) + 1]):
        known = costs.get(name, {}).get(suite)
        if known is not None and packet in known.operators and known.chunk:
            return known.operators[packet] / known.chunk
    return 1.0


def packet_of(operator: str) -> str:
    """`aten.slice` of `aten.slice.Tensor`; the word of another subject (`history.pop`) as it is."""
    return operator.rpartition(".")[0] if operator.count(".") > 1 else operator


def _nearest(chunk: Chunk, costs: Costs) -> str | None:
    """The profile whose costs are nearest to what the chunk's suite costs at its own."""
    place = PROFILES.index(chunk.profile)
    for name in (*reversed(PROFILES[: place + 1]), *PROFILES[place + 1 :]):
        if chunk.suite in costs.get(name, {}):
            return name
    return None


def _unknown(profile: str, costs: Costs) -> SuiteCosts:
    """What a suite costs that is known at no profile."""
    place = PROFILES.index(profile)
    for name in (*reversed(PROFILES[: place + 1]), *PROFILES[place + 1 :]):
        if known := list(costs.get(name, {}).values()):
            return SuiteCosts(chunk=median(one.chunk for one in known), case=median(one.case for one in known))
    return SuiteCosts(chunk=1.0, case=1.0)
