"""A call that differs is judged by the rules of its suites, and what agreed is counted as a run counts it."""

from __future__ import annotations

import pytest
import torch

from viewproof.evidence.probe import Raised
from viewproof.live.judging import judge_call, records_of, rules_asked, target_of
from viewproof.live.keys import key_of
from viewproof.live.known import CallCount, known_call, look
from viewproof.live.watched import all_watched

TRANSPOSE = all_watched()[torch.ops.aten.transpose.int]
X = torch.zeros(3, 4)


def known_of(*args):
    return known_call(key_of(args, {}, TRANSPOSE.numbers)[0], TRANSPOSE, args, {})


def failed(result, x=X):
    records = judge_call(known_of(x, 0, 1), look(result, {"self": x.untyped_storage()}, x))
    assert all(sum(tally.verdicts.values()) == tally.planned for record in records for tally in record.tallies)
    return [(one.suite, one.target, one.rule, one.difference) for record in records for one in record.failures]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (lambda: X.transpose(0, 1), []),
        (lambda: X.transpose(0, 1)[1:], [("views", "eager", "layout.size", "size differs"),
                                         ("views", "eager", "layout.offset", "offset differs")]),
        (lambda: X.transpose(0, 1).contiguous(), [("views", "eager", "layout.stride", "stride differs"),
                                                  ("aliasing", "eager", "alias.storage", "storage of its own")]),
        (lambda: X.view(torch.int32).transpose(0, 1), [("views", "eager", "layout.dtype", "dtype differs")]),
    ],
)  # fmt: skip
def test_a_difference_is_the_finding_of_its_rule(result, expected):
    assert failed(result()) == expected


def test_a_call_that_is_accepted_and_raises_is_one_finding():
    records = judge_call(known_of(X, 0, 1), Raised(("RuntimeError", "Exception"), "no"))
    found = [(one.rule, one.observed) for record in records for one in record.failures]
    assert found[0] == ("layout.size", "RuntimeError: no")


def test_a_call_that_is_refused_and_returns_is_a_finding():
    known = known_of(X, 0, 2)
    accepted = judge_call(known, look(X, {}, X))
    assert [(one.suite, one.rule) for record in accepted for one in record.failures] == [("errors", "error.refused")]
    refused = judge_call(known, Raised(("IndexError", "LookupError", "Exception"), "no"))
    assert [record.failures for record in refused] == [[]]


def test_a_program_on_meta_tensors_is_judged_as_meta():
    x = torch.zeros(3, 4, device="meta")
    assert target_of(known_of(x, 0, 1)) == "meta"
    assert failed(x.transpose(0, 1), x) == []
    assert failed(x, x)[0][1] == "meta"


def test_calls_that_agreed_are_counted_for_every_rule_that_they_owed():
    seen = CallCount(known_of(X, 0, 1))
    assert records_of(seen) == []
    seen.agreed = 5
    records = records_of(seen)
    rules = [rule.name for _, rules in rules_asked(seen.known) for rule in rules]
    assert [tally.rule for record in records for tally in record.tallies] == rules
    assert {tally.planned for record in records for tally in record.tallies} == {5}
    assert "layout.stride" in rules
    assert "alias.storage" in rules


def test_calls_that_differed_alike_are_one_failure_and_many_verdicts():
    known = known_of(X, 0, 1)
    seen = CallCount(known)
    seen.differed[("one way",)] = (judge_call(known, look(X.transpose(0, 1)[1:], {"self": X.untyped_storage()}, X)), 7)
    records = records_of(seen)
    assert [failure.rule for record in records for failure in record.failures] == ["layout.size", "layout.offset"]
    fails = {tally.rule: tally.verdicts for record in records for tally in record.tallies}
    assert fails["layout.size"] == {"fail": 7}
    assert fails["layout.stride"] == {"pass": 7}
    assert fails["layout.stride-exact"] == {"unseen": 7}
    assert all(tally.planned == 7 for record in records for tally in record.tallies)
