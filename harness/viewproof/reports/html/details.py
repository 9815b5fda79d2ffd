"""The findings as the page's data: a row each, and behind it drawings, script and further cases where there are any."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from viewproof.cases import Case, parse_case
from viewproof.contract.installed import contract_of_rule, rules_of_run
from viewproof.contract.repro import script_of
from viewproof.engine.child import in_child
from viewproof.engine.forking import may_fork
from viewproof.errors import NoScript
from viewproof.records.findings import Finding
from viewproof.records.model import ChunkRecord, Failure
from viewproof.reports.drawing import Drawing
from viewproof.reports.html.pictures import NoDrawing, pictures_of
from viewproof.reports.html.strings import Strings

DETAILED = 2_000
"""So many findings carry drawings, a script and further cases; the rest say how to have them."""
FURTHER_CASES = 12
#: Verdicts of a case that ended its process, or did not end.
ENDS = ("crash", "timeout")

Row = list[int]
Draw = Callable[[Any, Mapping[str, str], str], list[tuple[str, Drawing]]]
Script = Callable[[Any, str, str, str, Sequence[str]], str]


def finding_rows(findings: Iterable[Finding], strings: Strings) -> list[Row]:
    """One row each: verdict, suite, target, rule, operator, case, expected, observed, difference, count, issue.

    All are places of texts but the count; the issue is -1 where there is none.
    """
    texts = ("verdict", "suite", "target", "rule", "operator", "case", "expected", "observed", "difference")
    return [
        [
            *[strings.place(getattr(one, name)) for name in texts],
            one.count,
            -1 if one.known_issue is None else strings.place(one.known_issue),
        ]
        for one in findings
    ]


def script_apart(case: Case, target: str, rule: str, device: str, imports: Sequence[str] = ()) -> str:
    """`script_of`, in a child where there can be one: to write some the case is run, which may end the process."""
    if not may_fork("cpu"):
        return script_of(case, target, rule, device, imports)
    text, reason = in_child(_script_or_reason, case, target, rule, device, imports, answer=tuple[str, str])
    if reason:
        raise NoScript(reason)
    return str(text)


def _script_or_reason(*what: Any) -> tuple[str, str]:
    try:
        return script_of(*what), ""
    except NoScript as error:
        return "", str(error)


class Details:
    """What is behind each of the first findings, with what they have in common said once.

    `imports` are the modules of the user's that the run imported. `draw` and `script` make the drawings and the
    script; whatever they raise is the reason that the page gives.
    """

    def __init__(
        self, device: str, draw: Draw = pictures_of, script: Script = script_apart, *, imports: Sequence[str] = ()
    ) -> None:
        self.device = device
        self.imports = tuple(imports)
        self._draw = draw
        self._script = script
        self.strings = Strings()
        self._pictures: list[Any] = []
        self._places: dict[str, int] = {}

    def content(self, findings: Sequence[Finding], records: Iterable[ChunkRecord]) -> dict[str, Any]:
        """The details of `findings` as JSON values: texts and pictures, and a row of places each.

        A row is [pictures or text of the reason, script lines or text of the reason, further cases].
        """
        chosen = findings[:DETAILED]
        further, reports = _behind(chosen, records)
        rows = []
        for one in chosen:
            reported = reports.get((one.suite, one.target, one.case), {})
            drawn, script = self._shown(one, reported)
            cases = [self.strings.place(case) for case in further.get(_fault(one), ()) if case != one.case]
            rows.append([drawn, script, cases[:FURTHER_CASES]])
        return {"texts": self.strings.texts, "pictures": self._pictures, "rows": rows, "limit": DETAILED}

    def _shown(self, one: Finding, reported: Mapping[str, str]) -> tuple[list[int] | int, list[int] | int]:
        place = self.strings.place
        try:
            case = parse_case(one.case)
        except Exception as error:  # noqa: BLE001 -- a name that no grammar reads is said to be one, whatever the reader made of it
            why = place(f"the case name cannot be read here: {_said(error)}")
            return why, why
        drawn: list[int] | int
        script: list[int] | int
        try:
            drawn = [self._picture(title, drawing) for title, drawing in self._draw(case, reported, one.rule)]
        except NoDrawing as error:
            drawn = place(str(error))
        except Exception as error:  # noqa: BLE001 -- a report never fails for a drawing; the page gives the reason
            drawn = place(f"it cannot be drawn here: {_said(error)}")
        unwritten = _unwritten(one)
        if unwritten is not None:
            return drawn, place(unwritten)
        try:
            script = [
                place(line) for line in self._script(case, one.target, one.rule, self.device, self.imports).split("\n")
            ]
        except NoScript as error:
            script = place(str(error))
        except Exception as error:  # noqa: BLE001 -- a report never fails for a script; the page gives the reason
            script = place(f"it cannot be written here: {_said(error)}")
        return drawn, script

    def _picture(self, title: str, drawing: Drawing) -> int:
        key = f"{title}\n{drawing}"
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._pictures)
            rows = [[label, " ".join(marks)] for label, marks in drawing.rows]
            self._pictures.append([title, drawing.head, rows, list(drawing.notes)])
        return place


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _fault(one: Finding | Failure) -> tuple[str | None, ...]:
    return (one.suite, one.target, one.rule, one.operator, one.difference, one.verdict, one.known_issue)


def _behind(
    findings: Sequence[Finding], records: Iterable[ChunkRecord]
) -> tuple[dict[tuple[Any, ...], list[str]], dict[tuple[str, str, str], dict[str, str]]]:
    """The smallest cases that show each fault, and what each layout rule reported of each finding's own case."""
    faults = {_fault(one) for one in findings}
    wanted = {(one.suite, one.target, one.case) for one in findings}
    cases: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    reports: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for record in records:
        for failure in record.failures:
            if (fault := _fault(failure)) in faults:
                cases[fault].append(failure.case)
            key = failure.suite, failure.target, failure.case
            if key in wanted and failure.rule.startswith("layout."):
                reports[key][failure.rule] = failure.observed
    few = {
        fault: heapq.nsmallest(FURTHER_CASES + 1, set(names), key=lambda name: (len(name), name))
        for fault, names in cases.items()
    }
    return few, reports


def _unwritten(one: Finding) -> str | None:
    """Why the finding's script is not written here, of those for which the case is run; None for any other."""
    if one.rule not in rules_of_run([one.rule]) or not contract_of_rule(one.rule).costly_scripts:
        return None
    if one.known_issue is not None:
        return "a known issue; `viewproof repro` and the result's name write its script"
    if one.verdict in ENDS:
        return f"{one.verdict}: to write its script the case would have to be run here"
    return None
