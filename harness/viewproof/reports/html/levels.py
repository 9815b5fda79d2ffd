"""The levels of the contract, and how far a run came on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from viewproof.records.model import VERDICTS, ChunkRecord
from viewproof.records.summary import Summary, balanced

#: What each level is about; docs/contract.md has the clauses.
LEVELS = {1: "layout", 2: "aliasing", 3: "copies", 4: "functionalization", 5: "export", 6: "compile"}
_NO_EVIDENCE = ("missing", "harness_error")
_WRONG = ("fail", "crash", "timeout")


class LevelledSuite(Protocol):
    """The attributes of a suite that this module needs."""

    @property
    def level(self) -> int: ...


class Level(NamedTuple):
    """One level: its suites that were run and those that were not, the sums of its verdicts, and what that comes to.

    `state` is `holds`, `fails`, `no evidence` (a verdict is lacking), `in part` (not all was asked for) or `not run`.
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
    """Every level that has a suite, lowest first. A run of chosen queries holds a level in part at best."""
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        sums = counts.setdefault(record.suite, dict.fromkeys(VERDICTS, 0))
        for tally in record.tallies:
            for verdict, number in balanced(tally).items():
                sums[verdict] += number
    selected = bool((run.get("selection") or {}).get("queries"))
    found = []
    for number in sorted({suite.level for suite in suites.values()}):
        names = [name for name, suite in suites.items() if suite.level == number]
        ran = tuple(name for name in names if name in counts)
        left_out = tuple(name for name in names if name not in counts)
        verdicts = {verdict: sum(counts[name][verdict] for name in ran) for verdict in VERDICTS}
        state = _state(verdicts, whole=not left_out and not selected)
        found.append(Level(number, LEVELS.get(number, ""), state, ran, left_out, verdicts))
    return found


def _state(verdicts: Mapping[str, int], *, whole: bool) -> str:
    if not sum(verdicts.values()):
        return "not run"
    if any(verdicts[verdict] for verdict in _WRONG):
        return "fails"
    if any(verdicts[verdict] for verdict in _NO_EVIDENCE):
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
    verdicts = summary.verdicts
    lacking = [f"{verdicts[word]:,} {word.replace('_', ' ')}" for word in _NO_EVIDENCE if verdicts.get(word)]
    if lacking:
        return f"No verdict: {', '.join(lacking)}", "unsure"
    if not summary.planned:
        return "No verdict: nothing was selected", "unsure"
    if summary.problems or any(verdicts.get(word) for word in _WRONG):
        return "Does not conform", "bad"
    return "Conforms", "good"
