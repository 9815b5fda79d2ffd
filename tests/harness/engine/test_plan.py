"""The plan is a pure function of what was asked for."""

from dataclasses import replace

import pytest

from viewproof.engine.costs import digest as costs_digest
from viewproof.engine.plan import make_plan, plan_hash, torch_schema
from viewproof.errors import EmptySelection, UsageError


def pairs(plan):
    return [
        (chunk.suite, chunk.operator, chunk.family, target, rule)
        for chunk in plan
        for target in chunk.targets
        for rule in chunk.rules
    ]


def test_all_is_planned_once(fake):
    plan = make_plan(fake.suites())
    assert len(plan) == 3 * 2 + 1 * 2
    assert len(set(pairs(plan))) == len(pairs(plan)) == 6 * 2 * 4 + 2 * 2 * 2
    assert len({chunk.name for chunk in plan}) == len(plan)


def test_queries_are_a_union_without_repeats(fake):
    plan = make_plan(fake.suites(), ["views/meta/layout.size", "views/*/layout", "views/*/state", "aten.alias"])
    assert len(set(pairs(plan))) == len(pairs(plan))
    assert set(pairs(plan)) == set(pairs(make_plan(fake.suites())))


def test_queries_that_form_no_rectangle(fake):
    plan = make_plan(fake.suites(), ["views/meta/layout.size/aten.slice", "views/eager/layout.stride/aten.slice"])
    assert {(target, rule) for *_, target, rule in pairs(plan)} == {
        ("meta", "layout.size"),
        ("eager", "layout.stride"),
    }


def test_a_family_runs_on_the_targets_that_its_suite_names_and_a_named_case_on_all(fake):
    suites = fake.suites()
    (name, whole), *_ = suites.items()
    some = replace(whole, targets_on=lambda operator, family, profile: whole.targets[:1])
    plan = make_plan({name: some})
    assert {target for *_, target, _ in pairs(plan)} == {whole.targets[0]}
    named = make_plan({name: some}, ["aten.alias.default(float32[3])"])
    assert {target for *_, target, _ in pairs(named)} == set(whole.targets)
    with pytest.raises(EmptySelection):
        make_plan({name: some}, [f"{name}/{whole.targets[1]}"])


def test_an_exact_case_is_one_chunk_a_suite(fake):
    plan = make_plan(fake.suites(), ["aten.alias.default(float32[3])", "aten.alias.default(float32[3]:[1])"])
    assert [(chunk.suite, chunk.case) for chunk in plan] == [
        ("views", "aten.alias.default(float32[3])"),
        ("aliasing", "aten.alias.default(float32[3])"),
    ]


def test_level_and_emptiness(fake):
    assert {chunk.suite for chunk in make_plan(fake.suites(), level=1)} == {"views"}
    for queries, level in ((["aliasing"], 1), (["zz*"], None), (["aliasing/*/*/aten.slice"], None)):
        with pytest.raises(EmptySelection):
            make_plan(fake.suites(), queries, level=level)
    with pytest.raises(UsageError, match="profile"):
        make_plan(fake.suites(), profile="slow")


def test_the_hash_depends_on_chunks_schemas_and_costs(fake):
    plan = make_plan(fake.suites())
    assert plan_hash(plan, str) == plan_hash(make_plan(fake.suites()), str)
    others = [plan_hash(plan[1:], str), plan_hash(plan, str.upper), plan_hash(plan, str, "sha256:other costs")]
    assert len({plan_hash(plan, str), *others}) == 4
    assert plan_hash(plan, str) == plan_hash(plan, str, costs_digest())
    assert torch_schema("aten.select.int").startswith("aten::select.int(Tensor(a) self, int dim")


def test_a_word_that_is_no_overloads_has_no_schema():
    """Subjects that are not calls name what they are about, and no operator of torch's."""
    assert torch_schema("history.pop") == "history.pop"
    assert torch_schema("aten.alias.default").startswith("aten::alias(")
