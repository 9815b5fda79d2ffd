"""The sweep: every operator has cases, each once, always the same, on bases that lie within their storage."""

from __future__ import annotations

from itertools import islice

import pytest

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.generate import cases, families, has_generator
from viewproof.generate.grid import Chain, Grid, choose
from viewproof.generate.placements import FAMILIES, MARKED, STORAGE_LIMIT, placements
from viewproof.generate.sweep import generated_operators
from viewproof_reference.layout.algebra import span
from viewproof_reference.layout.dtypes import itemsize

OPERATORS = generated_operators()


def quick(operator: str) -> list[Case]:
    return [case for family in families(operator) for case in cases(operator, family, "quick")]


def tensors(value):
    if isinstance(value, TensorArgument):
        yield value
    elif isinstance(value, SparseArgument):
        yield from (one for one in (value.indices, value.plain_indices, value.values) if one is not None)
    elif isinstance(value, NestedArgument):
        yield value.buffer
    elif isinstance(value, DualArgument):
        yield from (one for one in (value.primal, value.tangent) if one is not None)


def test_there_are_generators_for_every_operator_with_a_layout_rule():
    from viewproof_reference.layout import registry

    assert [name for name in sorted(registry._RULES) if not has_generator(name)] == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_quick_cases_are_distinct_repeatable_and_within_their_storage(operator):
    found = quick(operator)
    assert found
    assert len(set(found)) == len(found)
    assert found == quick(operator)
    for case in found:
        assert case.operator == operator
        for argument in (*case.args, *(value for _, value in case.kwargs)):
            for one in tensors(argument):
                layout = one.layout
                room, rest = divmod(layout.storage_bytes, itemsize(layout.dtype))
                assert rest == 0
                assert room <= 4000
                assert min(layout.stride, default=0) >= 0
                assert 0 in layout.size or layout.offset + span(layout.size, layout.stride) <= room
                if one.storage is not None:
                    assert case.storages[one.storage] == (layout.dtype, room)
                if one.values is not None:
                    assert len(one.values) == span(layout.size, layout.stride)


def test_quick_holds_enough_cases_and_not_too_many():
    assert 20_000 <= sum(len(quick(operator)) for operator in OPERATORS) <= 34_000


def test_families_have_places_of_their_own():
    every = [one for family in FAMILIES for one in placements(family, wide=True)]
    assert len(set(every)) == len(every)
    assert max(one.elements for one in every) <= STORAGE_LIMIT
    assert all(len(placements(family, wide=False)) >= 10 for family in (*FAMILIES, *MARKED))


def test_exhaustive_is_lazy_and_starts_with_the_smallest():
    first = list(islice(cases("aten.slice.Tensor", "rank-3", "exhaustive"), 100))
    assert len(set(first)) == 100


def test_full_is_distinct_where_it_is_sampled():
    found = list(islice(cases("aten.as_strided.default", "permuted", "full"), 3000))
    assert len(set(found)) == len(found) >= 1000


def test_an_unknown_family_profile_or_operator_is_refused_by_name():
    with pytest.raises(ValueError, match="wanted a family"):
        cases("aten.slice.Tensor", "nested", "quick")
    with pytest.raises(ValueError, match="profile"):
        families("aten.slice.Tensor", "quickly")
    with pytest.raises(KeyError, match=r"aten\.add"):
        families("aten.add.Tensor")


def test_choose_takes_each_entry_once():
    entries = Chain(Grid((1, 2, 3), (4, 5)), [(7,)])
    assert list(choose(entries, 100, 3)) == [(1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5), (7,)]
    assert all(len(set(choose(entries, 4, turn))) == 4 for turn in range(9))
