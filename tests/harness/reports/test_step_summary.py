"""summary.md is short, and says what matters."""

from viewproof.reports.step_summary import SHOWN, render_step_summary

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 50)]


def test_a_conforming_run(made):
    text = render_step_summary(made.summary([made.record(CASES)]), made.run_of())
    assert text.startswith("## viewproof: conforms\n")
    assert "No new finding." in text
    assert "CUDA: not run (no device)." in text
    assert "| 196" in text


def test_new_findings_are_listed_and_waived_ones_counted(made):
    failures = [made.failure(CASES[0], observed="a|b <c>"), made.failure(CASES[1], verdict="waived")]
    text = render_step_summary(made.summary([made.record(CASES, failures)]), made.run_of())
    assert "does not conform" in text
    assert "### 1 new findings" in text
    assert f"`views/meta/layout.stride/{CASES[0]}`" in text
    assert "a\\|b &lt;c>" in text
    assert "Waived: 1 findings" in text
    assert CASES[1] not in text


def test_what_is_unseen_what_is_reused_and_why_there_is_no_evidence(made):
    record = made.record(CASES)
    record.reused = 7
    record.tallies[0].verdicts = {"pass": 40, "unseen": 9}
    text = render_step_summary(made.summary([record]), made.run_of())
    assert text.startswith("## viewproof: conforms\n")
    assert "98 executions, of which 7 take their evidence from another suite's" in text
    assert "unseen" in text.partition("| planned")[2].splitlines()[0]
    assert text.count("nothing to compare") == 1
    record.tallies[0].verdicts = {"pass": 40, "unseen": 7}
    assert render_step_summary(made.summary([record]), made.run_of()).startswith(
        "## viewproof: no evidence: 2 missing\n"
    )


def test_it_stays_short(made):
    failures = [made.failure(case, difference=case, observed="x" * 10_000) for case in CASES]
    text = render_step_summary(made.summary([made.record(CASES, failures)], problems=["known issue y"]), made.run_of())
    assert f"{len(CASES) - SHOWN} more" in text
    assert "- known issue y" in text
    assert len(text) < 20_000
