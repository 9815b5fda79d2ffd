"""Findings: one fault on one line is one, the cap counts what it drops, and a status says what it came to."""

from __future__ import annotations

import pytest

from viewproof.live.findings import Findings, finding_of
from viewproof.records.model import Failure

CASE = "aten.select.int(float32[3,4], 0, 1)"


def failure(**changes):
    fields = {
        "suite": "views", "target": "eager", "rule": "layout.offset", "operator": "aten.select.int", "case": CASE,
        "verdict": "fail", "expected": "offset 4", "observed": "offset 0", "difference": "offset differs",
    }  # fmt: skip
    return Failure(**{**fields, **changes})


def made(line="a.py:1", count=1, **changes):
    one = failure(**changes)
    return finding_of(one, count=count, seen="live", lines=[line], source="x[1]", via="", device="cpu")


def test_one_fault_on_one_line_is_one_finding_and_the_smallest_case_stands_for_it():
    findings = Findings(10)
    findings.add(made(case="aten.select.int(float32[3,4,5], 0, 1)"))
    findings.add(made(count=2))
    findings.add(made(line="a.py:2"))
    findings.add(made(rule="layout.size", difference="size differs"))
    assert [(one.line, one.rule, one.count, one.case) for one in findings] == [
        ("a.py:1", "layout.offset", 3, CASE),
        ("a.py:2", "layout.offset", 1, CASE),
        ("a.py:1", "layout.size", 1, CASE),
    ]


def test_past_the_cap_findings_are_counted():
    findings = Findings(1)
    for line in ("a.py:1", "a.py:2", "a.py:3", "a.py:1"):
        findings.add(made(line=line))
        findings.add(made(line=line, verdict="waived", known_issue="known"))
    assert (len(findings), len(findings.waived)) == (1, 1)
    assert findings[0].count == 2
    assert findings.counts["findings beyond the cap"] == findings.counts["waived beyond the cap"] == 2


def test_the_status_is_that_of_a_run():
    findings = Findings(10)
    assert findings.status == 3, "nothing was checked"
    findings.counts["checked"] = 1
    assert findings.status == 0
    findings.add(made(verdict="waived", known_issue="known"))
    assert findings.status == 0
    findings.add(made())
    assert findings.status == 1
    findings.fail("here", KeyError("ours"))
    findings.fail("here", KeyError("ours"))
    assert findings.status == 3
    assert findings.errors == ["here: KeyError: 'ours'"]
    assert findings.counts["harness errors"] == 2


def test_a_finding_has_its_reproduction_or_says_why_not():
    script, reason = made().repro_or_reason()
    assert "torch.ops.aten.select.int" in script
    assert reason == ""
    script, reason = made(rule="functional.values").repro_or_reason()
    assert script is None
    assert "wanted" in reason
    with pytest.raises(ValueError, match="wanted"):
        made(rule="functional.values").repro()
