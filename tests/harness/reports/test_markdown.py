"""report.md: everything a reader looks for is there, and nothing breaks its tables."""

import msgspec

from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage, WithoutSample
from viewproof.records.findings import Finding
from viewproof.records.model import VERDICTS, ChunkRecord
from viewproof.records.summary import Summary
from viewproof.reports.markdown import render_markdown

FINDING = Finding(
    result="views/meta/layout.stride/aten.t.default(float32[2,3])", verdict="fail", suite="views", target="meta",
    rule="layout.stride", operator="aten.t.default", case="aten.t.default(float32[2,3])", expected="a|b", observed="c",
    difference="", count=17,
)  # fmt: skip
COVERAGE = Coverage(
    operators=OperatorCoverage(
        covered=1, partly=1, uncovered=0, catalog=2, excluded=0, gaps={"aten.x": "no dual base"}
    ),
    rules=RuleCoverage(covered=1, planned=1, gaps=()),
)  # fmt: skip


def summary(**changes):
    fields = {
        "schema": 2, "viewproof": "0.1.0", "torch": "2.13.0+cpu", "device": "cpu", "profile": "quick",
        "plan": "sha256:0", "cases": 2, "executions": 4, "reused": 0, "planned": 9,
        "verdicts": dict.fromkeys(VERDICTS, 0) | {"pass": 8, "fail": 1}, "coverage": COVERAGE,
        "by_operator": {"aten.t.default": {"pass": 8, "fail": 1}}, "by_target": {"meta": {"fail": 1}},
        "by_rule": {"layout.stride": {"fail": 1}}, "findings": (FINDING,), "problems": (), "seconds": 1.0,
        "checking_seconds": 0.5,
    }  # fmt: skip
    return Summary(**(fields | changes))


RECORD = ChunkRecord(
    chunk="c", suite="views", operator="aten.t.default", family="steps", cases=2, accepted=2, executions=4, tallies=[],
    failures=[], signatures=[], issues_shown={}, too_wide=[], checking_seconds=0.5, generating_seconds=0.1,
)  # fmt: skip


def test_a_failing_run():
    text = render_markdown(summary(), {"cpu": "x"}, [RECORD], {"aten.list.t": "TorchScript only"})
    assert text.startswith("# Does not conform")
    for part in (
        "CUDA: not run",
        "a\\|b",
        "17 verdicts",
        "viewproof repro 'views/meta",
        "steps",
        "TorchScript only",
        "dual",
    ):
        assert part in text


def test_a_shuffled_run_says_so_and_by_which_seed():
    plain, shuffled = (render_markdown(summary(), {"seed": seed}, [RECORD], {}) for seed in (None, 0))
    assert "Shuffled by seed `0`: in another order, in other batches." in shuffled.splitlines()
    assert "huffled" not in plain


def test_waived_findings_conform_and_are_listed_apart():
    one = msgspec.structs.replace(FINDING, verdict="waived", known_issue="T-1")
    text = render_markdown(summary(findings=(one,), verdicts={"pass": 8, "waived": 1}), {}, [RECORD], {})
    assert text.startswith("# Conforms")
    assert "T-1" in text


def test_a_problem_with_the_waivers_does_not_conform():
    """The exit status is 1 then, though no verdict is a failure: the report says so too."""
    text = render_markdown(summary(findings=[], verdicts={"pass": 8}, problems=["T-1: too wide"]), {}, [RECORD], {})
    assert text.startswith("# Does not conform")


def test_our_own_errors_give_no_verdict():
    assert render_markdown(summary(verdicts={"missing": 1}), {}, [], {}).startswith("# No verdict: 1 missing")


def test_what_is_unseen_stands_apart_and_is_explained_once():
    verdicts = dict.fromkeys(VERDICTS, 0) | {"pass": 5, "unseen": 4}
    text = render_markdown(
        summary(findings=(), verdicts=verdicts, by_rule={"layout.stride": verdicts}), {}, [RECORD], {}
    )
    assert text.startswith("# Conforms")
    assert "| unseen | 4 |" in " ".join(text.split())
    assert text.count("nothing to compare") == 1
    assert "unseen" in text.partition("## By rule")[2].partition("##")[0]
    assert render_markdown(summary(findings=(), verdicts={"unseen": 9}), {}, [], {}).startswith(
        "# No verdict: nothing was compared (9 unseen)"
    )
    assert "unseen" not in render_markdown(summary(), {}, [RECORD], {}), "a summary of schema 1 does not say"


def test_reused_executions_are_shown_and_are_no_part_of_the_rate():
    text = " ".join(render_markdown(summary(executions=4, reused=3), {}, [RECORD], {}).split())
    assert "| executions | 4 | | - that take their evidence from another suite's | 3 |" in text
    assert "| executions that were run, a second of checking | 2 |" in text
    assert "another suite" not in render_markdown(summary(), {}, [RECORD], {})


def test_views_without_a_copy_are_named_where_copies_were_run():
    text = render_markdown(summary(), {"suites": ["copies"]}, [RECORD], {})
    section = text.partition("## Variants of each view")[2].partition("\n## ")[0]
    assert "| `aten.select.int` | view | `aten.select_copy.int` | `aten.select_copy.int_out` |" in " ".join(
        section.split()
    )
    assert "view overloads have no copy variant" in section
    assert "Variants of each view" not in render_markdown(summary(), {"suites": ["views"]}, [RECORD], {})


def test_what_has_no_sample_is_listed_where_a_suite_says_it():
    lacking = {"schemas": WithoutSample(count=2, operators=("aten.x.out", "aten.y.out"))}
    coverage = msgspec.structs.replace(COVERAGE, without_sample=lacking)
    text = render_markdown(summary(coverage=coverage), {}, [RECORD], {})
    assert "## Without a sample" in text
    assert "- `schemas`: 2. `aten.x.out`, `aten.y.out`" in text
    assert "without_sample" not in text
    assert "## Without a sample" not in render_markdown(summary(), {}, [RECORD], {})
