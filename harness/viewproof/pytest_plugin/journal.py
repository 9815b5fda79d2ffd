"""Reads a run's journal while another process writes it: the records of an operator in a suite, once complete."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import JOURNAL
from viewproof.visible import visible

REQUEST, EXPECTED, ENDED, LOG = "request.json", "expected.json", "ended", "engine.log"
#: How the process that starts the engine tells xdist's workers where the run is.
RUN_KEY = "viewproof_run"
#: Seconds between two reads of a journal that does not yet hold what is asked for.
PAUSE = 0.05

_DECODER = msgspec.json.Decoder(ChunkRecord)


class SuiteOperator(NamedTuple):
    """An operator in a suite: the smallest part of a run of which the journal's records say that they are complete."""

    suite: str
    operator: str


class EngineGone(RuntimeError):
    """Raised where the engine ended and left no record of what was asked for."""


class RunJournal:
    """The records of one run, by subject. `control` is the folder in which the engine says what it will do and did."""

    def __init__(self, out: Path, control: Path) -> None:
        self.out, self.control = out, control
        self._records: dict[SuiteOperator, list[ChunkRecord]] = defaultdict(list)
        self._shown: set[str] = set()
        self._expected: dict[SuiteOperator, int] | None = None
        self._offset = 0

    def records(self, subject: SuiteOperator) -> list[ChunkRecord]:
        """All records of `subject`; waits for them. Raises EngineGone where they will not come."""
        if not (self.control / REQUEST).is_file():
            raise EngineGone(f"{subject.suite}/{subject.operator}: the engine was not started, {self.control} is empty")
        while not self._complete(subject):
            ended = self._ended()
            self._read()
            if not self._complete(subject):
                if ended is not None:
                    raise EngineGone(self._why(subject, ended))
                time.sleep(PAUSE)
        return self._records[subject]

    def shows(self, issue: str, subjects: list[SuiteOperator]) -> bool:
        """Whether a known issue shows anywhere in the run; waits until it does, or until `subjects` are complete."""
        for subject in subjects:
            if issue in self._shown:
                return True
            self.records(subject)
        return issue in self._shown

    def _complete(self, subject: SuiteOperator) -> bool:
        if self._expected is None:
            path = self.control / EXPECTED
            if not path.is_file():
                return False
            rows: list[tuple[str, str, int]] = json.loads(path.read_text(encoding="utf-8"))
            self._expected = {SuiteOperator(suite, operator): number for suite, operator, number in rows}
        return len(self._records[subject]) >= self._expected.get(subject, 1)

    def _read(self) -> None:
        path = self.out / JOURNAL
        if not path.is_file():
            return
        with path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._offset += whole
        for line in content[:whole].splitlines():
            record = _DECODER.decode(line)
            record.signatures = []
            self._records[SuiteOperator(record.suite, record.operator)].append(record)
            self._shown.update(record.issues_shown)

    def _ended(self) -> str | None:
        path = self.control / ENDED
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def _why(self, subject: SuiteOperator, ended: str) -> str:
        last = "\n".join(last_words(self.control, 12))
        return f"{subject.suite}/{subject.operator}: wanted a record, the engine ended ({ended}) without one\n{last}"


def last_words(control: Path, number: int) -> list[str]:
    """The last lines that the engine printed, with nothing in them that acts on a terminal."""
    path = control / LOG
    said = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return [visible(line) for line in said.rstrip("\n").split("\n")[-number:] if said]


#: Where a session keeps the journal of its run.
SESSION_JOURNAL = pytest.StashKey[RunJournal]()


def worker_journal(config: pytest.Config) -> RunJournal:
    """The journal of the run that the controller of xdist has started."""
    out, control = config.workerinput[RUN_KEY]  # type: ignore[attr-defined]
    return RunJournal(Path(out), Path(control))
