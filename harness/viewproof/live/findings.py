"""Collects a block's findings, and counts the calls that were seen, checked or skipped."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from viewproof.cases import parse_case
from viewproof.contract.repro import script_of
from viewproof.engine.fault import words_of
from viewproof.errors import NoScript
from viewproof.records.findings import Finding
from viewproof.records.model import ChunkRecord, Failure


class LiveFinding(Finding, frozen=True, kw_only=True):
    """One difference, on one line of the program.

    `seen` is `live` where the program's own call showed it, `again` where a later run of its case by name did. `lines`
    are the places that made the call, most frequent first; `via` is torch's own line between. `known_issue` names the
    waiver, if any (then `verdict` is `waived`). `count` counts the calls that show the fault on that line; the smallest
    case stands for them. `line` is the place that made the call most often: `FILE:LINE in FUNCTION`.
    """

    seen: str
    lines: tuple[str, ...]
    source: str
    via: str = ""
    device: str = "cpu"
    line: str

    def repro(self) -> str:
        """A script that imports torch alone, and exits 1 while the fault is there. Raises ValueError: there is none."""
        device = "cpu" if self.device == "meta" else self.device
        return script_of(parse_case(self.case), self.target, self.rule, device)

    def repro_or_reason(self) -> tuple[str | None, str]:
        """The script, or None and why there is none."""
        try:
            return self.repro(), ""
        except NoScript as reason:
            return None, str(reason)


def finding_of(
    failure: Failure, *, count: int, seen: str, lines: Sequence[str], source: str, via: str, device: str
) -> LiveFinding:
    """A failure as the engine judges it, with where it comes from."""
    return LiveFinding(
        result=failure.result,
        count=count,
        seen=seen,
        lines=tuple(lines),
        source=source,
        via=via,
        device=device,
        line=lines[0] if lines else "",
        **msgspec.structs.asdict(failure),
    )


def _fault(one: LiveFinding) -> tuple[object, ...]:
    # As in the records of a run, the case is no part of a fault's identity; here the line is.
    return (one.suite, one.target, one.rule, one.operator, one.difference, one.known_issue, one.seen, one.line)


def _together(one: LiveFinding, other: LiveFinding) -> LiveFinding:
    """Two findings of one fault: the smaller case stands for both."""
    small = min(one, other, key=lambda finding: (len(finding.case), finding.case))
    return msgspec.structs.replace(small, count=one.count + other.count)


class Findings(Sequence[LiveFinding]):
    """The findings of a block that no known issue waives; whole once the block has ended.

    `waived` are the others. `counts` counts calls: `calls` seen in all, `watched` of the catalog, `checked` against the
    reference, and those passed over. `unspelled` are the reasons why a call had no case, counted. `errors` are
    harness errors: faults of viewproof, never the program's. `records` hold the verdicts as a run's journal does.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.lock = threading.Lock()
        self.waived: list[LiveFinding] = []
        self.counts: Counter[str] = Counter()
        self.unspelled: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.errors: list[str] = []
        self.problems: list[str] = []
        self.records: list[ChunkRecord] = []
        self.cases: set[str] = set()
        self.seconds = 0.0
        self.again_seconds = 0.0
        self._found: list[LiveFinding] = []
        self._places: dict[tuple[object, ...], int] = {}

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: Any) -> Any:
        return self._found[index]

    def __iter__(self) -> Iterator[LiveFinding]:
        return iter(self._found)

    def add(self, finding: LiveFinding) -> None:
        """Add a finding: merged with those of the same fault on the same line; past the cap it is only counted."""
        with self.lock:
            waived = finding.known_issue is not None
            kept = self.waived if waived else self._found
            fault = _fault(finding)
            place = self._places.get(fault)
            if place is not None:
                kept[place] = _together(kept[place], finding)
            elif len(kept) >= self.limit:
                self.counts["waived beyond the cap" if waived else "findings beyond the cap"] += 1
            else:
                self._places[fault] = len(kept)
                kept.append(finding)

    def fail(self, what: str, error: BaseException) -> None:
        """Note a harness error; the first of its kind whole, the others by count."""
        with self.lock:
            self.counts["harness errors"] += 1
            text = f"{what}: {words_of(error)}"
            if text not in self.errors and len(self.errors) < self.limit:
                self.errors.append(text)

    @property
    def status(self) -> int:
        """As `viewproof run` exits: 3 with a harness error or nothing checked, else 1 with a finding, else 0."""
        if self.errors or not self.counts["checked"]:
            return 3
        return 1 if self._found else 0
