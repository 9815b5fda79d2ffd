"""The replay and gradient clauses fail on what they are about, and on nothing else."""

import pytest
from rule_doctoring import seen

from viewproof.evidence.replayed import Replay

CASE = "aten.transpose.int(float32[3,4]:[5,1]+2@40~grad, 0, 1)"


def replayed(change):
    return lambda one: one.with_("replay", (change(one.observed["replay"][0]),))


def derived(change):
    return lambda one: one.with_("gradient", one.observed["gradient"]._replace(**change(one.observed["gradient"])))


PROVED = [
    ("replay.view-func", replayed(lambda one: one._replace(facts=one.facts._replace(on=None)))),
    ("replay.view-func", replayed(lambda _: Replay("no view function", None))),
    ("replay.view-func", replayed(lambda one: one._replace(facts=one.facts._replace(offset=0)))),
    ("grad.read", derived(lambda one: {"gradient": (2 * one.gradient[0], *one.gradient[1:])})),
    ("grad.read", derived(lambda _: {"gradient": None, "note": "no gradient reached the operand"})),
    ("grad.read", derived(lambda one: {"tangents": (one.tangents[0][::-1],)})),
    ("grad.read", derived(lambda _: {"tangents": ((),)})),
    ("grad.read", derived(lambda _: {"tangents": ()})),
]


@pytest.mark.parametrize(("name", "broken"), PROVED)
def test_the_clause_fails_alone(name, broken):
    one = seen(CASE)
    assert one.failing() == set()
    assert broken(one).failing() == {name}


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
    one = seen(text)
    assert "grad.read" in {rule.name for rule in one.rules}
    assert one.failing() == set()
    assert one.observed["gradient"].gradient


def test_a_base_that_overlaps_itself_owes_no_gradient():
    assert "grad.read" not in {rule.name for rule in seen("aten.select.int(float32[3,2]:[0,1]~grad, 0, 1)").rules}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda self, *_: self.select(0, 1) * 2,
        lambda self, *_: self.select(0, 0),
        lambda self, *_: self.detach().select(0, 1),
        lambda self, *_: [self.select(0, 1), self.select(0, 1)],
    ],
    ids=["doubles", "is another's", "is lost", "comes twice"],
)
def test_a_gradient_that_is_not_the_reads_is_seen(wrong):
    one = seen("aten.select.int(float32[3,4]~grad, 0, 1)", probes=("gradient",), change=wrong)
    assert one.failing() == {"grad.read"}
