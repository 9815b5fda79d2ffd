"""Corner cases: each is spelled canonically, its operator has it in every profile, and none stands alone."""

import pytest

from viewproof.cases import format_case
from viewproof.evidence.expectation import expect
from viewproof.generate import cases, families, has_generator
from viewproof.generate.corners import CORNER, CORNERS, corner_cases


@pytest.mark.parametrize("operator", CORNERS)
def test_corner_cases_are_spelled_as_reports_print_them(operator):
    assert has_generator(operator)
    assert [format_case(case) for case in corner_cases(operator)] == [operator + call for call in CORNERS[operator]]


@pytest.mark.parametrize("profile", ["quick", "full", "exhaustive"])
@pytest.mark.parametrize("operator", CORNERS)
def test_every_profile_has_them(operator, profile):
    assert CORNER in families(operator, profile)
    assert list(cases(operator, CORNER, profile)) == list(corner_cases(operator))


@pytest.mark.parametrize("operator", CORNERS)
def test_every_corner_holds_an_accepted_case(operator):
    assert any(expect(case).refusal is None for case in corner_cases(operator))


def test_an_operator_without_a_corner_has_no_such_family():
    assert CORNER not in families("aten.t.default")
    assert list(corner_cases("aten.t.default")) == []
