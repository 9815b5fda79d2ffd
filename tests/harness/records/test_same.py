"""Two runs' records compared: every part of a verdict tells, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest

from viewproof.records.model import ChunkRecord, Failure, Tally
from viewproof.records.same import differences

CASE = "aten.t.default(int64[2,3])"
FAILURE = Failure(
    suite="views",
    target="fake",
    rule="layout.stride",
    operator="aten.t.default",
    case=CASE,
    verdict="fail",
    expected="(1, 3)",
    observed="(3, 1)",
    difference="contiguous",
)
RECORD = ChunkRecord(
    chunk="views/quick/cpu/aten.t.default@contiguous/eager+fake/layout.size+layout.stride",
    suite="views",
    operator="aten.t.default",
    family="contiguous",
    cases=2,
    accepted=2,
    executions=4,
    tallies=[
        Tally(target="eager", rule="layout.stride", planned=2, verdicts={"pass": 2}),
        Tally(target="fake", rule="layout.stride", planned=2, verdicts={"pass": 1, "fail": 1}),
    ],
    failures=[FAILURE, msgspec.structs.replace(FAILURE, rule="layout.size")],
    signatures=[7, 9],
    issues_shown={"an-issue": 2},
    too_wide=["an-issue: fake/layout.size/a", "an-issue: fake/layout.size/b"],
    checking_seconds=1.0,
    generating_seconds=2.0,
)


def with_(**fields):
    return msgspec.structs.replace(RECORD, **fields)


def said(*after):
    return [str(change) for change in differences([RECORD], list(after))]


def test_order_times_texts_and_verdicts_that_nothing_has_are_no_difference():
    other = with_(
        tallies=[
            Tally(target="fake", rule="layout.stride", planned=2, verdicts={"fail": 1, "pass": 1, "crash": 0}),
            RECORD.tallies[0],
        ],
        failures=[msgspec.structs.replace(one, observed="0x7f", expected="") for one in reversed(RECORD.failures)],
        signatures=[9, 7],
        too_wide=RECORD.too_wide[::-1],
        checking_seconds=3.0,
        generating_seconds=4.0,
    )
    assert differences([RECORD], [other]) == []


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"executions": 3},
            "counts views/aten.t.default@contiguous: 2 cases, 2 accepted, 4 executions -> 2 cases, 2 accepted, "
            "3 executions",
        ),
        (
            {"reused": 1},
            "counts views/aten.t.default@contiguous: 2 cases, 2 accepted, 4 executions -> 2 cases, 2 accepted, "
            "4 executions, 1 of them reused",
        ),
        ({"signatures": [7, 7]}, "cases views/aten.t.default@contiguous: 1, such as 0000000000000009 -> 1, such as "),
        (
            {"tallies": RECORD.tallies[:1]},
            "verdicts views/fake/layout.stride/aten.t.default@contiguous: 2 planned (1 fail, 1 pass) -> nothing",
        ),
        (
            {
                "tallies": [
                    RECORD.tallies[0],
                    Tally(target="fake", rule="layout.stride", planned=2, verdicts={"unseen": 2}),
                ]
            },
            "verdicts views/fake/layout.stride/aten.t.default@contiguous: 2 planned (1 fail, 1 pass) -> "
            "2 planned (2 unseen)",
        ),
        (
            {"failures": [FAILURE]},
            f"failure views/fake/layout.size/{CASE}: fail (contiguous) -> nothing",
        ),
        (
            {"failures": [RECORD.failures[1], msgspec.structs.replace(FAILURE, difference="other")]},
            f"failure views/fake/layout.stride/{CASE}: fail (contiguous) -> fail (other)",
        ),
        (
            {
                "failures": [
                    RECORD.failures[1],
                    msgspec.structs.replace(FAILURE, verdict="waived", known_issue="an-issue"),
                ]
            },
            f"failure views/fake/layout.stride/{CASE}: fail (contiguous) -> waived (contiguous) [an-issue]",
        ),
        (
            {"issues_shown": {"an-issue": 1}},
            "known issue views/aten.t.default@contiguous: an-issue shown 2 times -> 1 times",
        ),
        (
            {"too_wide": RECORD.too_wide[:1]},
            "too wide views/aten.t.default@contiguous: an-issue: fake/layout.size/b -> nothing",
        ),
    ],
)
def test_each_part_of_a_verdict_tells_by_itself(fields, line):
    [one] = said(with_(**fields))
    assert one.startswith(line)


def test_a_verdict_that_changed_is_named_from_either_side():
    passed = with_(
        tallies=[RECORD.tallies[0], Tally(target="fake", rule="layout.stride", planned=2, verdicts={"pass": 2})],
        failures=[RECORD.failures[1]],
    )
    there, back = differences([RECORD], [passed]), differences([passed], [RECORD])
    assert [change.what for change in there] == [change.what for change in back] == ["verdicts", "failure"]
    assert [(one.before, one.after) for one in there] == [(one.after, one.before) for one in back]
    assert there[1].case == CASE


def test_a_chunk_that_only_one_run_has_is_a_difference():
    assert said() == ["chunk views/aten.t.default@contiguous: 2 cases -> not there"]
    other = with_(chunk="another")
    assert said(RECORD, other) == ["chunk views/aten.t.default@contiguous: not there -> 2 cases"]


def test_two_records_of_a_chunk_are_refused():
    with pytest.raises(ValueError, match=r"chunk views/quick/cpu/.*: wanted one record of it, got two"):
        differences([RECORD], [RECORD, RECORD])
