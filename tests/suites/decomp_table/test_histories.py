"""Every history of up to two operations is generated, once; longer ones of the operations that they say."""

from itertools import product

import pytest

from viewproof_reference.tables.operations import all_operations
from viewproof_suites.decomp_table.cases import EntriesCase, HistoryCase
from viewproof_suites.decomp_table.histories import ANY_WRITING, CUSTOM_ONLY, WRITING, families, histories, operators


def generated(profile, *lengths):
    return [
        case
        for operator in operators()
        for family in families(operator, profile)
        if family in lengths
        for case in histories(operator, family, profile)
    ]


def test_quick_has_every_operation_alone_and_after_every_one_that_writes():
    found = [case.operations for case in generated("quick", "none", "one", "two")]
    every = all_operations()
    assert len(found) == len(set(found)) == 1 + len(every) + len(ANY_WRITING) * len(every)
    assert set(found) == {(), *((one,) for one in every), *product(ANY_WRITING, every)}


def test_full_has_every_history_of_up_to_two():
    found = [case.operations for case in generated("full", "none", "one", "two")]
    every = all_operations()
    assert set(found) == {(), *((one,) for one in every), *product(every, repeat=2)}


def test_quick_has_those_of_three_that_custom_operators_are_about():
    found = [case.operations for case in generated("quick", "three")]
    assert sorted(found) == sorted(product(CUSTOM_ONLY, repeat=3))


def test_full_has_every_last_operation_after_two_that_write():
    found = {case.operations for case in generated("full", "three")}
    assert found == {(*before, last) for before in product(ANY_WRITING, repeat=2) for last in all_operations()}


def test_exhaustive_has_four():
    assert {family for operator in operators() for family in families(operator, "exhaustive")} == {
        "entries", "none", "one", "two", "three", "four",
    }  # fmt: skip
    (first, *_), *_ = [list(histories("history.len", "four", "exhaustive"))]
    assert len(first.operations) == 4
    assert len(list(histories("history.len", "four", "exhaustive"))) == len(WRITING) ** 3


@pytest.mark.parametrize("operator", operators())
def test_a_case_is_about_its_operator(operator):
    for family in families(operator, "quick"):
        for case in histories(operator, family, "quick"):
            assert case.operator == operator
            assert type(case) is (EntriesCase if operator.startswith("entries.") else HistoryCase)


def test_the_chosen_are_few_and_each_once():
    for chosen in (CUSTOM_ONLY, WRITING, ANY_WRITING):
        assert len(chosen) == len(set(chosen))
    assert set(CUSTOM_ONLY) < set(WRITING) < set(ANY_WRITING) < set(all_operations())
