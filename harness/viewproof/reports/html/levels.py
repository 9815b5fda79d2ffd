"""The levels of the contract, and how far a run came on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from viewproof.records.counts import balanced
from viewproof.records.model import LACKING, VERDICTS, WRONG, ChunkRecord
from viewproof.records.summary import Summary, exit_status, seen, why_no_evidence

#: What each level is about; docs/contract.md has the clauses.
LEVELS = {1: "layout", 2: "aliasing", 3: "copies", 4: "functionalization", 5: "export", 6: "compile"}


class LevelledSuite(Protocol):
    """The attributes of a suite that this module needs."""

    @property
    def level(self) -> int: ...


class Level(NamedTuple):
    """One level: its suites that were run and those that were not, the sums of its verdicts, and what that comes to.

    `state` is `holds`, `fails`, `no evidence` (a verdict is lacking, or a suite has no seen one), `in part` (not all
    was asked for) or `not run`.
    """

    number: int
    name: str
    state: str
    ran: tuple[str, ...]
    left_out: tuple[str, ...]
    verdicts: dict[str, int]


def levels_of(
    records: Iterable[ChunkRecord], run: Mapping[str, Any], suites: Mapping[str, LevelledSuite]
) -> list[Level]:
    """Every level that has a suite, lowest first. A run of chosen queries, or of a shard, holds one in part at best.

    So does one that was stopped: what it did not run of a suite is told by the number of its chunks.
    """
    counts: dict[str, dict[str, int]] = {}
    chunks: Counter[str] = Counter()
    for record in records:
        chunks[record.suite] += 1
        sums = counts.setdefault(record.suite, dict.fromkeys(VERDICTS, 0))
        for tally in record.tallies:
            for verdict, number in balanced(tally).items():
                sums[verdict] += number
    selected = bool((run.get("selection") or {}).get("queries") or run.get("shard"))
    planned: Mapping[str, int] = run.get("suite_chunks") or {}
    found = []
    for number in sorted({suite.level for suite in suites.values()}):
        names = [name for name, suite in suites.items() if suite.level == number]
        ran = tuple(name for name in names if name in counts)
        left_out = tuple(name for name in names if name not in counts)
        verdicts = {verdict: sum(counts[name][verdict] for name in ran) for verdict in VERDICTS}
        blind = any(sum(counts[name].values()) and not seen(counts[name]) for name in ran)
        short = any(chunks[name] < planned.get(name, 0) for name in ran)
        state = _state(verdicts, blind=blind, whole=not (left_out or selected or short))
        found.append(Level(number, LEVELS.get(number, ""), state, ran, left_out, verdicts))
    return found


def _state(verdicts: Mapping[str, int], *, blind: bool, whole: bool) -> str:
    if not sum(verdicts.values()):
        return "not run"
    if any(verdicts[verdict] for verdict in WRONG):
        return "fails"
    if blind or any(verdicts[verdict] for verdict in LACKING):
        return "no evidence"
    return "holds" if whole else "in part"


def reached(levels: Iterable[Level]) -> int | None:
    """The highest level that holds with all below it; None where the lowest does not."""
    highest = None
    for level in levels:
        if level.state != "holds":
            break
        highest = level.number
    return highest


def headline(summary: Summary) -> tuple[str, str]:
    """The verdict in words, and one word for its colour: `good`, `bad` or `unsure`."""
    if why := why_no_evidence(summary):
        return f"No verdict: {why}", "unsure"
    return ("Does not conform", "bad") if exit_status(summary) else ("Conforms", "good")
