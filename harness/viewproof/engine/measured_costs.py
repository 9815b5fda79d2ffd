"""`python -m viewproof.engine.measured_costs FILE RUN...`: writes the costs of chunks anew, from finished runs.

Each run is one of a whole profile or of a few operators of it; profiles without a run stay as they are in the file.
Times are those of a worker (`checking_seconds` and `generating_seconds`), to two digits, so that a review sees what has
become dearer. Named are the operators only that what is said of the others would put wrong.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from viewproof.engine.costs import Costs, SuiteCosts, packet_of, weight_of
from viewproof.errors import UsageError
from viewproof.generate.sweep import PROFILES
from viewproof.records.directory import read_directory
from viewproof.records.model import ChunkRecord

#: An operator is named whose chunks cost so many times as much, or as little, as would be said of it unnamed,
FACTOR = 1.5
#: and where that is so many milliseconds over all of its chunks.
FLOOR = 5.0


class Spent(NamedTuple):
    """What the chunks of one suite on one packet came to: how many, their milliseconds, and their cases."""

    chunks: int
    milliseconds: float
    cases: int

    @property
    def mean(self) -> float:
        return self.milliseconds / self.chunks


def measured(records: Iterable[ChunkRecord], profile: str, known: Costs) -> dict[str, SuiteCosts]:
    """What the records say of each suite at the profile, beside what is `known` of smaller profiles."""
    sums: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0.0, 0]))
    for record in records:
        of_packet = sums[record.suite][packet_of(record.operator)]
        of_packet[0] += 1
        of_packet[1] += 1000 * (record.checking_seconds + record.generating_seconds)
        of_packet[2] += record.cases
    below = {name: known[name] for name in PROFILES[: PROFILES.index(profile)] if name in known}
    return {
        suite: _of_suite(suite, {packet: Spent(int(n), ms, int(cases)) for packet, (n, ms, cases) in one.items()},
                         profile, below)
        for suite, one in sorted(sums.items())
    }  # fmt: skip


def _of_suite(suite: str, spent: Mapping[str, Spent], profile: str, below: Costs) -> SuiteCosts:
    weights = {packet: weight_of(suite, packet, profile, below) for packet in spent}
    # The one in the middle first: a mean would be drawn to those that are to be named.
    chunk = median(one.mean / weights[packet] for packet, one in spent.items())
    rest = [packet for packet, one in spent.items() if not _otherwise(one, chunk * weights[packet])]
    if rest:
        chunk = sum(spent[one].milliseconds for one in rest) / sum(weights[one] * spent[one].chunks for one in rest)
    named = spent.keys() - set(rest)
    cases = sum(one.cases for one in spent.values())
    return SuiteCosts(
        chunk=_short(chunk),
        case=_short(sum(one.milliseconds for one in spent.values()) / max(1, cases)),
        operators={packet: _short(spent[packet].mean) for packet in sorted(named)},
    )


def _otherwise(spent: Spent, said: float) -> bool:
    far = spent.mean > FACTOR * said or said > FACTOR * spent.mean
    return far and abs(spent.mean - said) * spent.chunks > FLOOR


def _short(milliseconds: float) -> float:
    """To two digits, and at least a microsecond: a cost of nothing would balance nothing."""
    return max(0.001, float(f"{milliseconds:.2g}"))


def main(arguments: list[str]) -> int:
    """Write the file that is named first from the runs that are named behind it. Returns the exit status."""
    if len(arguments) < 2:
        print("usage: python -m viewproof.engine.measured_costs FILE RUN...", file=sys.stderr)
        return 2
    path = Path(arguments[0])
    found: dict[str, Mapping[str, SuiteCosts]] = {}
    if path.exists():
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, SuiteCosts]])
    runs: dict[str, list[ChunkRecord]] = defaultdict(list)
    try:
        for folder in arguments[1:]:
            run = read_directory(Path(folder))
            runs[run.summary.profile] += run.records or []
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    for profile in PROFILES:
        if profile in runs:
            found[profile] = measured(runs[profile], profile, found)
    content = {profile: found[profile] for profile in PROFILES if profile in found}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
