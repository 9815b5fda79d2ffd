"""A summary that cannot be, and one that is not of its records, is told by what it says."""

import made_run
import msgspec
import pytest

from viewproof.records.agreement import why_not_of, why_unsound

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]


@pytest.fixture
def records():
    failures = [made_run.failure(case, observed=f"of {case}") for case in CASES[1:3]]
    return [made_run.record(CASES, failures), made_run.record(CASES, operator="aten.t.default")]


@pytest.fixture
def summary(records):
    return made_run.summary(records)


def test_a_summary_of_its_records_agrees_in_any_order_of_them(summary, records):
    assert why_unsound(summary) is None
    for chunks in (None, 2):
        assert why_not_of(summary, records, chunks) is None
        assert why_not_of(summary, records[::-1], chunks) is None


def test_of_failures_of_one_fault_on_one_case_any_stands_for_the_others(records):
    again = made_run.record(CASES, [made_run.failure(CASES[1], observed="otherwise")], targets=("meta",))
    assert why_not_of(made_run.summary([*records, again]), [again, *records], 3) is None


@pytest.mark.parametrize(
    ("changes", "wanted", "got"),
    [
        ({"cases": -1}, "no number below 0", "-1"),
        ({"planned": 33}, "planned 33, the sum of its verdicts", "32"),
        ({"reused": 17}, "at most 16 reused executions", "17"),
        ({"by_rule": {}}, "30 pass in all of by_rule", "0"),
        ({"findings": ()}, "", ""),
    ],
)
def test_what_no_summary_says_is_named(summary, changes, wanted, got):
    found = why_unsound(msgspec.structs.replace(summary, **changes))
    assert found == ((wanted, got) if wanted else None)


def test_a_finding_that_cannot_be_is_named(summary):
    (finding,) = summary.findings

    def said(**changes):
        found = why_unsound(msgspec.structs.replace(summary, findings=(msgspec.structs.replace(finding, **changes),)))
        return found and found[0]

    assert said() is None
    assert said(verdict="pass").startswith("a finding whose verdict is one of")
    assert said(count=0).startswith("a count of views/meta/layout.stride/")
    assert said(count=3) == "findings of at most 2 fail"
    assert said(result="elsewhere").startswith("a finding of the address views/meta/layout.stride/")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"cases": 5}, "4 cases, as the journal has"),
        ({"executions": 15}, "16 executions, as the journal has"),
        ({"reused": 1}, "0 reused, as the journal has"),
        ({"by_operator": {}}, "by_operator aten.alias.default, as the journal has"),
        ({"findings": ()}, "a finding of views/meta/layout.stride/"),
    ],
)
def test_what_the_records_do_not_say_is_named(summary, records, changes, wanted):
    found = why_not_of(msgspec.structs.replace(summary, **changes), records, 2)
    assert found is not None
    assert found[0].startswith(wanted)


def test_a_verdict_that_moved_is_named(summary, records):
    verdicts = summary.verdicts | {"pass": 31, "fail": 1}
    found = why_not_of(msgspec.structs.replace(summary, verdicts=verdicts), records, 2)
    assert found == ("30 pass of verdicts, as the journal has", "31")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"count": 1}, "2 failures in the finding"),
        ({"case": CASES[2]}, "the smallest case"),
        ({"observed": f"of {CASES[2]}"}, "what the journal has of"),
        ({"difference": "otherwise"}, "a finding of views/meta/layout.stride/"),
    ],
)
def test_a_finding_that_the_records_do_not_show_is_named(summary, records, changes, wanted):
    (finding,) = summary.findings
    found = why_not_of(
        msgspec.structs.replace(summary, findings=(msgspec.structs.replace(finding, **changes),)), records, 2
    )
    assert found is not None
    assert found[0].startswith(wanted)


def test_one_lost_verdict_more_than_is_planned_is_named(summary, records):
    missing = msgspec.structs.replace(summary, verdicts=summary.verdicts | {"missing": 1}, planned=summary.planned + 1)
    assert why_not_of(missing, records, 2)[0] == "0 missing of verdicts, as the journal has"


def test_chunks_without_a_record_are_those_that_the_summary_says_were_not_run(summary, records):
    stopped = msgspec.structs.replace(summary, stopped="SIGTERM", unrun=3)
    assert why_unsound(stopped) is None
    assert why_not_of(stopped, records, 5) is None
    assert why_not_of(stopped, records, None) is None
    assert why_not_of(stopped, records, 6) == ("4 unrun, the chunks of the plan that have no record", "3")
    assert why_not_of(summary, records, 3) == ("1 unrun, the chunks of the plan that have no record", "0")


@pytest.mark.parametrize("changes", [{"unrun": 1}, {"stopped": "fail-fast"}, {"stopped": "SIGINT", "unrun": -1}])
def test_chunks_are_not_run_where_a_run_was_stopped_and_nowhere_else(summary, changes):
    assert why_unsound(msgspec.structs.replace(summary, **changes)) is not None
