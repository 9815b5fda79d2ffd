"""A record is possible or not by itself: every way in which it is not is named."""

import msgspec
import pytest

from viewproof.engine.plan import make_plan
from viewproof.records.model import Failure
from viewproof.records.possible import why_impossible


@pytest.fixture
def record(fake):
    return fake.check(make_plan(fake.suites())[0])


def failure(**more):
    fields = {
        "suite": "views", "target": "eager", "rule": "layout.size", "operator": "aten.alias.default", "case": "f(x)",
        "verdict": "fail", "expected": "a", "observed": "b", "difference": "c",
    }  # fmt: skip
    return Failure(**(fields | more))


def of(**verdicts):
    """Give the first tally these verdicts."""
    return lambda record: setattr(record.tallies[0], "verdicts", verdicts)


def failed(*failures, **verdicts):
    return lambda record: (of(**verdicts)(record), setattr(record, "failures", list(failures)))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: None,
        of(**{"pass": 3}),
        failed(failure(), **{"pass": 7, "fail": 1}),
        # What raised is one failure under the first rule, and a verdict of each.
        failed(failure(rule="layout.stride", verdict="crash"), crash=8),
        failed(failure(verdict="waived", known_issue="x"), waived=8),
    ],
)
def test_what_a_run_writes_is_possible(record, change):
    change(record)
    if any(one.rule == "layout.stride" for one in record.failures):
        record.tallies[1].verdicts = {"crash": 8}
    assert why_impossible(record) is None


@pytest.mark.parametrize(
    ("change", "wanted", "got"),
    [
        (of(passed=1), "verdicts among pass", "passed"),
        (of(**{"pass": -1}), "no count of eager/layout.size below 0", "-1"),
        (of(**{"pass": 9}), "at most 8 verdicts of eager/layout.size", "9"),
        (of(fail=1), "a failure for the 1 fail of eager/layout.size", "none"),
        (failed(failure(), **{"pass": 8}), "at most 0 failures fail of eager/layout.size", "1"),
        (failed(failure(), failure(), fail=1), "at most 1 failures fail", "2"),
        (failed(failure(suite="odd"), fail=1), "failures of views/aten.alias.default", "odd/aten.alias.default"),
        (failed(failure(operator="odd"), fail=1), "failures of views/aten.alias.default", "views/odd"),
        (failed(failure(verdict="pass"), fail=1), "a failure whose verdict is one of", "pass"),
        (failed(failure(verdict="waived"), waived=1), "a known issue where a failure is waived", "waived (None)"),
        (failed(failure(known_issue="x"), fail=1), "a known issue where a failure is waived", "fail (x)"),
        (lambda record: setattr(record, "cases", -1), "no number below 0", "-1"),
        (lambda record: setattr(record, "checking_seconds", -0.5), "no number below 0", "-0.5"),
        (lambda record: setattr(record, "issues_shown", {"x": -2}), "no number below 0", "-2"),
        (lambda record: setattr(record, "accepted", 9), "at most 8 accepted cases", "9"),
        (lambda record: setattr(record, "reused", 17), "at most 16 reused executions", "17"),
        (lambda record: setattr(record, "suite", "odd"), "a chunk of the suite odd", "views/quick"),
        (lambda record: setattr(record, "chunk", "views/x"), "a chunk SUITE/PROFILE", "views/x"),
        (lambda record: setattr(record.tallies[0], "rule", "odd"), "tallies of what its chunk asks", "eager/odd"),
        (lambda record: setattr(record.tallies[0], "target", "odd"), "tallies of what its chunk", "odd/layout.size"),
        (lambda record: record.tallies.append(record.tallies[0]), "one tally a target and rule", "9 tallies of 8"),
    ],
)  # fmt: skip
def test_what_no_run_writes_is_named(record, change, wanted, got):
    change(record)
    found = why_impossible(msgspec.convert(msgspec.to_builtins(record), type(record)))
    assert found is not None
    assert found[0].startswith(wanted)
    assert found[1].startswith(got)
