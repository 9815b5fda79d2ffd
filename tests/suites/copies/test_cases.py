"""Cases of the copies: the view's own, thinned in quick, with an out of every kind and a src of every kind."""

import pytest

from viewproof.evidence.expectation import expect
from viewproof.generate import cases, families
from viewproof_suites.copies.cases import DERIVED
from viewproof_suites.copies.outs import KINDS


def quick(operator):
    return [case for family in families(operator) for case in cases(operator, family, "quick")]


def outs(operator):
    return [dict(case.kwargs)["out"] for case in quick(operator)]


def test_a_copy_takes_the_arguments_of_its_view():
    views = {
        (case.args, case.kwargs)
        for family in families("aten.t.default")
        for case in cases("aten.t.default", family, "quick")
    }
    copies = quick("aten.t_copy.default")
    assert copies
    assert {(case.args, case.kwargs) for case in copies} <= views
    assert {case.operator for case in copies} == {"aten.t_copy.default"}


@pytest.mark.parametrize("operator", sorted(DERIVED))
def test_every_family_has_a_case_that_is_accepted(operator):
    for family in families(operator):
        assert any(expect(case).refusal is None for case in cases(operator, family, "quick")), family


def test_full_holds_more():
    few = len(list(cases("aten.select_copy.int", "contiguous", "quick")))
    assert len(list(cases("aten.select_copy.int", "contiguous", "full"))) > 3 * few


def test_outs_go_through_the_kinds():
    found = outs("aten.unfold_copy.out")
    layouts = [one.layout for one in found]
    assert any(one.storage == 0 for one in found), "one on the operand's own storage"
    assert any(layout.storage_bytes == 0 for layout in layouts)
    assert any(0 in layout.stride and 0 not in layout.size for layout in layouts)
    assert any(layout.neg or layout.conj for layout in layouts)
    assert len(found) > 2 * len(KINDS)


def test_lists_of_outs_are_lists_also_where_the_call_is_refused():
    assert all(type(one) is tuple for one in outs("aten.split_copy.Tensor_out"))


def test_an_out_never_goes_with_an_operand_that_requires_grad():
    assert "grad" in families("aten.select_copy.int")
    assert "grad" not in families("aten.select_copy.int_out")


def test_scatters_get_a_src_of_the_views_size_and_some_of_another():
    found = quick("aten.select_scatter.default")
    refused = [case for case in found if expect(case).refusal is not None]
    assert 0 < len(refused) < len(found) / 2
    dtypes = {case.args[1].layout.dtype == case.args[0].layout.dtype for case in found}
    assert dtypes == {True, False}


def test_to_copy_drops_what_it_does_not_take():
    assert not any("copy" in dict(case.kwargs) for case in quick("aten._to_copy.default"))
    assert not any("dtype" in dict(case.kwargs) for case in quick("aten._to_copy.out"))
