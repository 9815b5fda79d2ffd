"""The features of functionalized `as_strided` hold where torch's way differs from the contract, and not beside that."""

import pytest

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof_suites.functionalization.features.strided_storage import GRAD, OVERLAP, PAST_END, outcome
from viewproof_suites.functionalization.program import program_of

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "strided-overlap-refused": (
        "aten.as_strided.default(bool[2], [3], [0])",
        "aten.as_strided.default(bool[2], [1], [0])",
    ),
    "strided-overlap-refused-in-copies": (
        "aten.as_strided_.default(int64[], [3], [0])",
        "aten.as_strided_.default(int64[]+1, [3], [0], 1)",
    ),
    "strided-past-end": (
        "aten.as_strided.default(float32[]+3@5~neg, [2], [1])",
        "aten.as_strided.default(float32[]+3@5, [2], [1])",
    ),
    "strided-past-end-in-copies": (
        "aten.as_strided_.default(int64[]@3, [3], [1])",
        "aten.as_strided_.default(int64[]@3, [1], [1])",
    ),
    "strided-grad-refused": (
        "aten.as_strided.default(float32[4,4]:[1,4]~grad, [2], [1])",
        "aten.as_strided.default(float32[4,4]:[4,1]~grad, [2], [1])",
    ),
    "strided-base-otherwise": (
        "aten.as_strided.default(float32[3]+2@6~neg, [1], [3], 2)",
        "aten.as_strided.default(float32[3]~neg, [1], [3], 2)",
    ),
    "strided-base-otherwise-in-copies": (
        "aten.as_strided_.default(int64[2]+1, [], [], 0)",
        "aten.as_strided_.default(int64[2], [], [], 0)",
    ),
    "strided-later-otherwise": (
        "aten.as_strided.default(bfloat16[]+2~neg, [], [], 0)",
        "aten.as_strided.default(bfloat16[]+2, [], [], 0)",
    ),
    "strided-later-otherwise-in-copies": (
        "aten.as_strided_.default(float64[2]+1, [], [], 1)",
        "aten.as_strided_.default(float64[2]+1, [], [])",
    ),
    "strided-input-otherwise": (
        "aten.as_strided.default(int8[]+1, [], [], 0)",
        "aten.as_strided.default(int8[]+1, [], [], 1)",
    ),
    "strided-input-otherwise-in-copies": (
        "aten.as_strided.default(int8[]+1, [], [], 0)",
        "aten.as_strided.default(int8[]+1, [], [], 1)",
    ),
    "strided-replay-otherwise": (
        "aten.as_strided.default(int8[]+1, [], [], 0)",
        "aten.as_strided.default(int8[]+1, [], [], 1)",
    ),
    "strided-replay-otherwise-in-copies": (
        "aten.as_strided_.default(int64[2]+1, [], [], 0)",
        "aten.as_strided_.default(int64[2], [], [], 0)",
    ),
    "strided-later-stays-in-copies": (
        "aten.as_strided_.default(bool[2,6]:[12,2]@24, [2], [1], 1)",
        "aten.as_strided_.default(int8[2,6]:[12,2]@24, [2], [1], 1)",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.parametrize(
    "text", ["aten.alias.default(int8[]+1)", "aten.as_strided.default(int8[2], [3], [1])", "aten.alias.default(int8[])"]
)
def test_other_operators_and_refused_calls_have_none(name, text, has):
    assert not has(name, text)


def found(text, reapply):
    """The program of a case, and what torch's way shows of it."""
    case = parse_case(text)
    inplace = ".as_strided_." in text
    program = program_of(case, expect(case), inplace)
    return program, outcome(program, inplace, reapply)


@pytest.mark.parametrize("reapply", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "aten.as_strided.default(int16[3,2], [2,2], [2,1])",
        "aten.as_strided.default(int16[2,2]:[1,1], [2], [2])",
        "aten.as_strided.default(complex64[2]~conj, [2], [1])",
        "aten.as_strided_.default(int16[3,2], [2,2], [2,1], 1)",
    ],
)
def test_a_row_major_base_that_fills_its_storage_shows_what_it_must(text, reapply):
    program, shown = found(text, reapply)
    assert shown == ("", program.reads, program.seen.storage, program.reads[2])


def test_a_write_beside_the_base_is_read_back_but_never_reaches_the_input():
    program, shown = found("aten.as_strided.default(int8[1]@2, [1], [1], 1)", True)
    assert shown.reads == program.reads
    assert shown.storage == program.seen.storage[:1] + program.fill[1:]
    assert shown.replayed == program.fill[1:]


def test_without_views_the_alias_of_an_inplace_call_counts_from_its_own_start():
    program, shown = found("aten.as_strided_.default(int8[2]+1, [1], [1], 1)", False)
    write = program.seen.writes[0]
    assert program.reads[0] == write + program.fill[2:]  # place 1 is the base's first element
    assert shown.reads[0] == program.fill[1:2] + write  # and the copy's second


@pytest.mark.parametrize(
    ("text", "reapply", "error"),
    [
        ("aten.as_strided.default(float32[2]~neg, [3], [0])", True, OVERLAP),
        ("aten.as_strided.default(float32[2]+1~neg, [3], [0], 2)", True, PAST_END),
        ("aten.as_strided.default(float32[2]+1, [3], [0], 2)", False, OVERLAP),
        ("aten.as_strided_.default(float32[2]+1, [1], [0], 2)", False, PAST_END),
        ("aten.as_strided.default(float32[2]:[2]~grad, [3], [0])", True, GRAD),
    ],
)
def test_what_is_asked_first_names_the_refusal(text, reapply, error):
    assert found(text, reapply)[1].error == error
