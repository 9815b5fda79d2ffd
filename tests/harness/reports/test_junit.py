"""junit.xml: read back by a reader of others, every verdict in its place."""

import xml.etree.ElementTree as ET

import pytest
from junit_schema import breaches
from junitparser import Error, Failure, JUnitXml, Skipped

from viewproof.reports.junit import render_junit

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]


@pytest.fixture
def read(tmp_path, made):
    def write(records, problems=()):
        text = render_junit(records, made.summary(records, problems=problems), made.run_of())
        assert breaches(text) == []
        path = tmp_path / "junit.xml"
        path.write_text(text, encoding="utf-8")
        return JUnitXml.fromfile(str(path))

    return write


def cases_of(xml):
    return {(suite.name, case.classname, case.name): case for suite in xml for case in suite}


def test_a_case_an_operator_a_target_and_a_rule(read, made):
    xml = read([made.record(CASES), made.record(CASES[:1])])
    assert set(cases_of(xml)) == {
        ("views", "viewproof.views.aten.alias.default", f"{target}/{rule}")
        for target in ("eager", "meta")
        for rule in made.RULES
    }
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (4, 0, 0, 0)
    assert xml.time == pytest.approx(1.0)
    assert all(case.is_passed for case in cases_of(xml).values())


def test_a_failure_carries_counts_and_the_smallest_case(read, made):
    failures = [made.failure(CASES[2]), made.failure(CASES[0]), made.failure(CASES[1], verdict="waived")]
    case = cases_of(read([made.record(CASES, failures)]))[
        "views", "viewproof.views.aten.alias.default", "meta/layout.stride"
    ]
    (result,) = case.result
    assert isinstance(result, Failure)
    assert result.type == "fail"
    assert "2 fail" in result.message
    assert "1 waived" in result.message
    assert result.message.endswith(f"smallest case: {CASES[0]}")
    assert "observed (2,)" in result.text


def test_what_is_waived_is_skipped_by_its_id(read, made):
    xml = read([made.record(CASES, [made.failure(CASES[0], verdict="waived")])])
    (skipped,) = [case for case in cases_of(xml).values() if not case.is_passed]
    (result,) = skipped.result
    assert isinstance(result, Skipped)
    assert "alias-strides" in result.message
    assert (xml.failures, xml.skipped) == (0, 1)


@pytest.mark.parametrize(("verdict", "kind"), [("crash", Failure), ("timeout", Failure), ("harness_error", Error)])
def test_every_bad_verdict_shows(read, made, verdict, kind):
    xml = read([made.record(CASES, [made.failure(CASES[0], verdict=verdict)])])
    (bad,) = [case for case in cases_of(xml).values() if not case.is_passed]
    assert [type(result) for result in bad.result] == [kind]


def test_a_missing_verdict_is_an_error(read, made):
    record = made.record(CASES)
    record.tallies[0].verdicts = {"pass": 1}
    xml = read([record])
    assert (xml.errors, xml.failures) == (1, 0)


def test_what_saw_nothing_is_skipped_and_what_saw_something_passes(read, made):
    record = made.record(CASES)
    for tally, verdicts in zip(
        record.tallies,
        ({"unseen": 4}, {"unseen": 3, "pass": 1}, {"unseen": 3, "unsupported": 1}, {"unseen": 3, "waived": 1}),
        strict=True,
    ):
        tally.verdicts = verdicts
    found = cases_of(read([record]))
    results = [
        found["views", "viewproof.views.aten.alias.default", f"{one.target}/{one.rule}"] for one in record.tallies
    ]
    assert [[type(result) for result in case.result] for case in results] == [[Skipped], [], [Skipped], [Skipped]]
    said = [case.result[0].message if case.result else "" for case in results]
    assert said[0].startswith("nothing to compare")
    assert said[0].endswith("(4 unseen)")
    assert "nothing to compare" in said[2]
    assert "declared as unsupported" in said[2]
    assert said[3].startswith("known issue")


def test_a_call_that_raised_says_so_under_each_of_its_rules(read, made):
    record = made.record(CASES, [made.failure(CASES[0], "layout.size", difference="raises RuntimeError")])
    record.tallies[-1].verdicts = {"pass": 3, "fail": 1}
    found = cases_of(read([record]))["views", "viewproof.views.aten.alias.default", "meta/layout.stride"]
    assert CASES[0] in found.result[0].message


def test_a_known_issue_that_does_not_hold_fails(read, made):
    xml = read([made.record(CASES)], problems=["known issue x did not show"])
    case = cases_of(xml)["known_issues", "viewproof.known_issues", "problem 1"]
    assert "did not show" in case.result[0].message
    assert xml.failures == 1


def test_what_xml_cannot_hold_is_spelled(made):
    hostile = made.failure('f("<&>\x00\x1b]]>")', observed="\ud800")
    text = render_junit([made.record(CASES, [hostile])], made.summary([made.record(CASES)]), made.run_of())
    message = ET.fromstring(text).find(".//failure").get("message")  # noqa: S314  -- our own text
    assert "<&>\\x00\\x1b]]>" in message


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (('<testsuites name="viewproof"', '<testsuites skipped="0" name="viewproof"'), "testsuites has skipped"),
        (('<testsuites name="viewproof"', '<testsuites tests="many"'), "tests=many"),
        (("<properties>", "<system-out /><properties>"), "testsuite holds OPCCCC"),
        (("classname=", "group="), "testcase lacks classname"),
        (("<failure", "<rerun /><failure"), "element rerun"),
        (("<failure", "<failure /><skipped /><failure"), "testcase holds fsf"),
    ],
)
def test_what_the_common_schemas_do_not_have_is_seen(made, wrong, said):
    records = [made.record(CASES, [made.failure(CASES[0])])]
    text = render_junit(records, made.summary(records), made.run_of())
    assert breaches(text) == []
    assert said in breaches(text.replace('tests="4" failures="1" errors="0"', "", 1).replace(*wrong, 1))
