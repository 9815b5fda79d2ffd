"""Which cases owe the check a call follows from the case and the reference; torch and the reference keep to it."""

import warnings

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.crossref.evidence import FINDS, SAYS, STATE, WHAT_IS_DUE, Statement, Told, must_reach

#: A case, whether it owes the check a call, and how many torch's crossref checks of it.
CASES = [
    ("aten.select.int(float32[3], 0, 1)", True, 1),
    # Composite: taken apart before the check.
    ("aten.reshape.default(float32[2,3], [6])", True, 1),
    ("aten.contiguous.default(float32[2,3]:[1,2])", True, 1),
    ("aten.contiguous.default(float32[2,3])", False, 0),
    ("aten.positive.default(int8[2])", False, 0),
    ("aten.resolve_conj.default(complex64[2])", False, 0),
    ("aten.resolve_conj.default(complex64[2]~conj)", True, 1),
    # It returns its operand, and is no composite.
    ("aten.lift.default(float32[2])", True, 3),
    # Torch leaves it out; what its kernel calls is checked, and is not owed.
    ("aten.lift_fresh.default(float32[2])", False, 2),
]


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


@pytest.mark.parametrize(("text", "owed", "checked"), CASES)
def test_which_cases_owe_the_check_a_call(text, owed, checked):
    subject = subject_for(text)
    assert must_reach(subject) is owed
    for target, probe in (("crossref-views", SAYS), ("viewproof-crossref-views", FINDS)):
        with (
            warnings.catch_warnings(action="ignore"),
            find_target(target).open("cpu", subject.case.operator) as session,
        ):
            ((shown,),) = session.observe([(subject, (probe.name,))])
        assert shown.checked == probe.expected(subject, "cpu").checked
        assert bool(shown.checked) is bool(checked)


def test_the_data_come_in_the_order_asked():
    subject = subject_for("aten.t.default(float32[3,4])")
    with find_target("crossref-views").open("cpu", subject.case.operator) as session:
        (one,) = session.observe([(subject, (SAYS.name, STATE.name))])
        (other,) = session.observe([(subject, (STATE.name, SAYS.name))])
        assert one == (SAYS.expected(subject, "cpu"), STATE.expected(subject, "cpu"))
        assert other == one[::-1]
        assert not session.renew(subject)


def test_what_is_due_is_equal_to_what_was_due_and_said():
    told = (Told(Statement(), Statement()), Told(Statement("size"), Statement("size")))
    assert told == WHAT_IS_DUE
    assert WHAT_IS_DUE == ()
    assert (*told, Told(Statement(), Statement("size"))) != WHAT_IS_DUE
    assert WHAT_IS_DUE != "told"
