"""What chunks cost: the committed file knows every suite of ours, and what it does not know is told by what is near."""

import pytest

from viewproof.contract.installed import own_suites
from viewproof.engine import costs
from viewproof.engine.costs import SuiteCosts, cost_of, weight_of
from viewproof.generate.sweep import PROFILES
from viewproof.records.chunk import Chunk

KNOWN = {
    "quick": {
        "views": SuiteCosts(chunk=2.0, case=0.5, operators={"aten.slice": 8.0}),
        "passes": SuiteCosts(chunk=100.0, case=25.0, operators={"module.chain": 300.0}),
        "errors": SuiteCosts(chunk=4.0, case=1.0),
    },
    "full": {"views": SuiteCosts(chunk=20.0, case=0.1, operators={"aten.t": 10.0})},
}


def chunk(suite="views", operator="aten.alias.default", profile="quick", **more):
    return Chunk(suite=suite, operator=operator, family="flat", profile=profile, device="cpu", targets=("eager",),
                 rules=("layout.size",), **more)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "milliseconds"),
    [
        (chunk(), 2),
        (chunk(operator="aten.slice.Tensor"), 8),
        (chunk("passes", "module.chain"), 300),
        (chunk(profile="full"), 20),
        (chunk(operator="aten.t.default", profile="full"), 10),
        (chunk(operator="aten.slice.Tensor", profile="full"), 80),
        (chunk("passes", "module.chain", profile="full"), 300),
        (chunk(operator="aten.t.default", profile="exhaustive"), 10),
        (chunk("pours", "teapot.pour.default"), 4),
        (chunk("pours", "teapot.pour.default", profile="full"), 20),
        (chunk(case="aten.alias.default(float32[2])"), 0.5),
        (chunk(start=2, stop=5), 1.5),
        (chunk(start=0, stop=500), 2),
        (chunk(start=3), 2),
    ],
)  # fmt: skip
def test_a_chunk_costs_what_is_known_of_the_nearest(asked, milliseconds):
    assert cost_of(asked, KNOWN) == pytest.approx(milliseconds / 1000)


def test_a_profile_that_only_a_larger_one_knows_is_told_by_it():
    assert cost_of(chunk(), {"full": KNOWN["full"]}) == pytest.approx(0.020)


def test_where_nothing_is_known_every_chunk_costs_the_same():
    assert cost_of(chunk(), {}) == cost_of(chunk("passes", "module.chain"), {}) > 0


def test_weights_are_of_the_nearest_profile_that_names_the_operator():
    assert [weight_of("views", "aten.slice", profile, KNOWN) for profile in PROFILES] == [4, 4, 4]
    assert [weight_of("views", "aten.t", profile, KNOWN) for profile in PROFILES] == [1, 0.5, 0.5]


def test_the_committed_costs_know_every_suite_of_ours():
    assert own_suites().keys() <= costs.committed()["quick"].keys()
    assert set(costs.committed()) <= set(PROFILES)
    for suites in costs.committed().values():
        assert min(one.chunk for one in suites.values()) > 0
        assert min(figure for one in suites.values() for figure in (one.case, *one.operators.values())) > 0


def test_the_committed_costs_can_be_reviewed():
    content = costs._content()
    assert len(content) < 200_000
    assert max(map(len, content.splitlines())) <= 120
    assert costs.digest().startswith("sha256:")
