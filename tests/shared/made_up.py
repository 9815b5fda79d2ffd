"""A run that is made up for the tests of the page: real case names, and the records that a run would leave of them."""

from __future__ import annotations

import msgspec

from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.model import ChunkRecord, Failure, Tally
from viewproof.records.summary import build_summary

TRANSPOSE = "aten.transpose.int(float32[2,3], 0, 1)"
HOSTILE = "</script><img src=x onerror=alert(1)><!-- <script>\u2028 & 'quoted' \"twice\" \ud800"
COVERAGE = Coverage(
    operators=OperatorCoverage(
        covered=1, partly=1, uncovered=108, catalog=110, excluded=89,
        gaps={"aten.slice.Tensor": "no accepted case on offset"},
    ),
    rules=RuleCoverage(covered=2, planned=2, gaps=()),
)  # fmt: skip


def failure(case=TRANSPOSE, **changes):
    fields = {
        "suite": "views", "target": "meta", "rule": "layout.stride", "operator": "aten.transpose.int", "case": case,
        "verdict": "fail", "expected": "stride ((1, 3), ())", "observed": "stride ((3, 1), ())",
        "difference": "stride differs", "known_issue": None,
    }  # fmt: skip
    return Failure(**(fields | changes))


def record(*failures, operator="aten.transpose.int", suite="views", signatures=(), **changes):
    """A chunk's record: ten cases on eager and meta, one rule each, of which `failures` failed."""
    bad = {}
    for one in failures:
        verdicts = bad.setdefault((one.target, one.rule), {})
        verdicts[one.verdict] = verdicts.get(one.verdict, 0) + 1
    tallies = [Tally(target="eager", rule="layout.stride", planned=10, verdicts={"pass": 10})]
    tallies += [
        Tally(target=target, rule=rule, planned=10 + len(failures), verdicts={"pass": 10, **verdicts})
        for (target, rule), verdicts in (bad or {("meta", "layout.stride"): {}}).items()
    ]
    fields = {
        "chunk": f"{suite}/quick/cpu/{operator}@steps/eager+meta/layout.stride", "suite": suite, "operator": operator,
        "family": "steps", "cases": 10, "accepted": 10, "executions": 20, "tallies": tallies,
        "failures": list(failures), "signatures": list(signatures), "issues_shown": {}, "too_wide": [],
        "checking_seconds": 0.5, "generating_seconds": 0.1,
    }  # fmt: skip
    return ChunkRecord(**(fields | changes))


def summary(records, **changes):
    built = build_summary(
        records, torch_version="2.13.0+cpu", device="cpu", profile="quick", plan="sha256:0", seconds=1.0,
        coverage=COVERAGE,
    )  # fmt: skip
    return msgspec.structs.replace(built, **changes)


RUN = {
    "started": "2026-01-02T03:04:05+00:00", "torch": "2.13.0+cpu", "selection": {"queries": []},
    "suites": ["views"], "targets": ["eager", "meta"], "not_run": {"cuda": "no device"},
    "environment": {"python": "3.11", "variables": {}},
}  # fmt: skip
