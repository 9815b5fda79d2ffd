"""The replay and gradient clauses fail on what they are about, and on nothing else."""

from dataclasses import replace

import pytest
from rule_doctoring import doctored, failing, seen

CASE = "aten.transpose.int(float32[3,4]:[5,1]+2@40~grad, 0, 1)"
#: Clause -> how to break it and no other clause.
PROVED = {
    "replay.view-func": lambda seen: doctored(seen, replay_shares=False),
    "grad.read": lambda seen: replace(seen, gradient=[2 * seen.gradient[0], *seen.gradient[1:]]),
}
MORE = [
    ("replay.view-func", lambda seen: doctored(seen, replayed=None, note="no view function")),
    ("replay.view-func", lambda seen: doctored(seen, replayed=seen.outputs[0].facts._replace(offset=0))),
    ("grad.read", lambda seen: replace(seen, gradient=None, gradient_note="no gradient reached the operand")),
    ("grad.read", lambda seen: replace(seen, tangents=[seen.tangents[0][::-1]])),
    ("grad.read", lambda seen: replace(seen, tangents=[[]])),
    ("grad.read", lambda seen: replace(seen, tangents=[])),
]


@pytest.mark.parametrize(("name", "broken"), [*PROVED.items(), *MORE])
def test_the_clause_fails_alone(name, broken):
    subject, observation, rules = seen(CASE)
    assert failing(subject, observation, rules) == set()
    assert failing(subject, broken(observation), rules) == {name}


@pytest.mark.parametrize(
    "text",
    [
        "aten.expand.default(float32[3,1]~grad, [3,4])",
        "aten.conj.default(complex64[2,2]~grad)",
        "aten.unbind.int(float64[3,2]~grad, 0)",
        "aten.select.int(complex64[2,2]~conj~grad, 0, 1)",
    ],
)
def test_true_derivatives_pass(text):
    subject, observation, rules = seen(text)
    assert "grad.read" in {rule.name for rule in rules}
    assert failing(subject, observation, rules) == set()
    assert observation.gradient


def test_a_base_that_overlaps_itself_owes_no_gradient():
    _, _, rules = seen("aten.select.int(float32[3,2]:[0,1]~grad, 0, 1)")
    assert "grad.read" not in {rule.name for rule in rules}
