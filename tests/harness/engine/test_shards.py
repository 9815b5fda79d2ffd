"""Shards of a plan: nothing twice, nothing left out, what belongs together together, and near to each other in cost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.contract.installed import own_suites
from viewproof.engine.plan import make_plan
from viewproof.engine.planning import Planned
from viewproof.engine.shards import cut, shards_of
from viewproof.engine.workload import with_reuse
from viewproof.records.chunk import Chunk
from viewproof.records.shard import Shard

COSTS = st.floats(min_value=0.001, max_value=100, allow_nan=False)
GROUPS = st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(("flat", "offset", "huge")))


def made(suite, operator, family):
    return Chunk(suite=suite, operator=operator, family=family, profile="quick", device="cpu", targets=("eager",),
                 rules=("layout.size",))  # fmt: skip


@st.composite
def plans(draw):
    """A plan and what each of its chunks costs."""
    keys = draw(st.lists(st.tuples(st.sampled_from(("views", "aliasing", "copies")), GROUPS), unique=True, max_size=40))
    plan = tuple([made(suite, *group) for suite, group in keys])
    figures = draw(st.lists(COSTS, min_size=len(plan), max_size=len(plan)))
    return plan, dict(zip([chunk.name for chunk in plan], figures, strict=True))


@given(plans(), st.integers(1, 12))
def test_shards_are_the_plan(drawn, count):
    plan, costs = drawn
    shards = shards_of(plan, count, lambda chunk: costs[chunk.name])
    assert len(shards) == count
    assert sorted(chunk.name for shard in shards for chunk in shard) == sorted(costs)
    places = {chunk.name: place for place, chunk in enumerate(plan)}
    for shard in shards:
        assert all(places[one.name] < places[other.name] for one, other in pairwise(shard)), "in the plan's order"
    homes = {(chunk.operator, chunk.family, place) for place, shard in enumerate(shards) for chunk in shard}
    assert len(homes) == len({(operator, family) for operator, family, _ in homes}), "a group has one shard"
    assert shards == shards_of(plan, count, lambda chunk: costs[chunk.name])


@given(plans(), st.integers(1, 12))
def test_shards_are_no_farther_apart_than_the_dearest_group(drawn, count):
    plan, costs = drawn
    groups = {}
    for chunk in plan:
        key = chunk.operator, chunk.family
        groups[key] = groups.get(key, 0) + costs[chunk.name]
    loads = [sum(costs[chunk.name] for chunk in shard)
             for shard in shards_of(plan, count, lambda chunk: costs[chunk.name])]  # fmt: skip
    assert max(loads) - min(loads) <= max(groups.values(), default=0) + 1e-6


@given(plans(), st.integers(1, 5))
def test_the_order_of_equal_groups_does_not_depend_on_the_plans(drawn, count):
    plan, _ = drawn
    alike = [{chunk.name for chunk in shard} for shard in shards_of(plan, count, lambda _: 1.0)]
    assert alike == [{chunk.name for chunk in shard} for shard in shards_of(plan[::-1], count, lambda _: 1.0)]


def test_evidence_is_lent_within_a_shard():
    plan = with_reuse(make_plan(own_suites(), ["aten.t", "aten.select", "aten.alias_copy"]))
    assert any(chunk.loans for chunk in plan)
    for shard in shards_of(plan, 5):
        for chunk in shard:
            lenders = {target for other in shard if other.lends
                       and (other.operator, other.family) == (chunk.operator, chunk.family)
                       for target in other.targets}  # fmt: skip
            assert {loan.target for loan in chunk.loans} <= lenders


def test_more_shards_than_groups_leave_some_empty():
    plan = (made("views", "a", "flat"), made("aliasing", "a", "flat"), made("views", "b", "flat"))
    shards = shards_of(plan, 4, lambda _: 1.0)
    assert [len(shard) for shard in shards] == [2, 1, 0, 0]


def test_a_shard_of_a_plan_keeps_its_hash():
    plan = Planned((made("views", "a", "flat"), made("views", "b", "flat")), "sha256:1", [], "sha256:2")
    parts = [cut(plan, Shard(index, 2)) for index in (1, 2)]
    assert [len(part.chunks) for part in parts] == [1, 1]
    assert {(part.hash, part.known_issues) for part in parts} == {("sha256:1", "sha256:2")}
    assert cut(plan, None) is plan


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_whole_plan_is_dealt_evenly(count):
    from viewproof.engine.costs import cost_of

    plan = with_reuse(make_plan(own_suites(), ["views", "aliasing", "copies"]))
    loads = [sum(map(cost_of, shard)) for shard in shards_of(plan, count)]
    assert max(loads) <= 1.01 * min(loads)
