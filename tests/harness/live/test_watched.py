"""What is watched: the catalog's overloads that have a rule and a suite, each with what is asked of it."""

from __future__ import annotations

import pytest
import torch

from viewproof.catalog import catalog
from viewproof.contract.installed import all_rules
from viewproof.errors import UsageError
from viewproof.live.watched import NUMBERS, all_watched, watched_of

aten = torch.ops.aten


def test_everything_that_has_a_suite_is_watched():
    names = {one.name for one in all_watched().values()}
    catalogued = {name for name, entry in catalog().items() if entry.kind != "excluded"}
    assert names <= catalogued
    assert catalogued - names == {"aten._nested_view_from_buffer_copy.out"}, "the one without a contract"


def test_what_is_asked_is_seen_in_facts_alone():
    for one in all_watched().values():
        assert one.asked, one.name
        asked = [rule for _, rules in one.asked for rule in rules]
        assert {rule.probe for rule in asked} == {"facts"}
        assert len(set(asked)) == len(asked), "each rule of one suite"
        assert {"layout.size", "layout.stride", "alias.storage"} <= {rule.name for rule in asked}
        assert all(rule in all_rules() for suite in one.again for rule in suite.rules)


def test_a_view_runs_again_functionalized_and_a_copy_does_not():
    suites = [suite.name for suite in all_watched()[aten.transpose.int].again]
    assert suites == ["views", "aliasing", "functionalization"]
    assert [suite.name for suite in all_watched()[aten.transpose_copy.int].again] == ["copies"]
    assert [suite.name for suite in all_watched()[aten.t_.default].again] == ["inplace", "functionalization"]


def test_the_arguments_read_as_numbers_are_tensors_of_their_schemas():
    for name, places in NUMBERS.items():
        one = next(one for one in all_watched().values() if one.name == name)
        assert one.numbers == places
        assert {str(one.overload._schema.arguments[place].type) for place in places} == {"Tensor"}


def test_patterns_select_as_queries_do():
    assert {one.name for one in watched_of(["aten.select"]).values()} == {"aten.select.int"}
    assert {one.name for one in watched_of(["aten.*_scatter.default", "aten.t"]).values()} == {
        "aten.as_strided_scatter.default", "aten.diagonal_scatter.default", "aten.select_scatter.default",
        "aten.slice_scatter.default", "aten.t.default",
    }  # fmt: skip
    assert watched_of([]) is all_watched()
    with pytest.raises(UsageError, match="'sin'"):
        watched_of(["sin"])
