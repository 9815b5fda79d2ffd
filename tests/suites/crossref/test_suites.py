"""The suite `crossref`: `quick` is a fixed part of the whole, and holds the smallest case of each known deviation."""

from functools import cache

from viewproof.cases import format_case, parse_case
from viewproof.contract.known_issues import own_issues
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.crossref.suites import _SMALLEST, CROSSREF, EACH
from viewproof_suites.views.operators import swept_families


def test_quick_is_one_family_of_a_case_each():
    operator = "aten.select.int"
    assert CROSSREF.families(operator, "quick") == (EACH,)
    assert set(CROSSREF.families(operator, "full")) <= set(swept_families(operator, "full"))
    cases = list(CROSSREF.cases(operator, EACH, "quick"))
    assert len(cases) == len({format_case(case) for case in cases}) > 5
    assert cases == list(CROSSREF.cases(operator, EACH, "quick"))
    assert all(expect(case).refusal is None for case in cases)


def test_the_smallest_cases_are_accepted_and_in_quick():
    for text in _SMALLEST:
        case = parse_case(text)
        assert format_case(case) == text
        assert expect(case).refusal is None, text
        assert case.operator in CROSSREF.operators()
        assert case in list(CROSSREF.cases(case.operator, EACH, "quick"))


def test_every_known_issue_has_a_case_in_quick():
    """Else a quick run could not see that one no longer shows."""
    quick = cache(lambda operator: [subject_of(case, expect(case)) for case in CROSSREF.cases(operator, EACH, "quick")])
    issues = [issue for issue in own_issues() if issue.suites == ("crossref",)]
    assert len(issues) > 20
    for issue in issues:
        assert any(issue.names(case) for name in issue.operators for case in quick(name)), issue.id
