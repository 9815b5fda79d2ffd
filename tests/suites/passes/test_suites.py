"""The suites on the passes hold every view of the catalog, on every kind of base, and every module with a name."""

from viewproof.evidence.expectation import expect
from viewproof.exported.modules import NAMED, ModuleCase
from viewproof_suites.passes.suites import DECOMPOSED_PASSES, PASSES, chosen_families, modules
from viewproof_suites.passes.targets.decomposed import preserved_views
from viewproof_suites.views.operators import swept_families, views


def test_every_view_and_every_named_module_is_a_subject():
    assert set(PASSES.operators()) == {*views(), *(f"module.{name}" for name in NAMED)}
    for operator in PASSES.operators():
        assert any(True for _ in modules(operator, "module", "quick")), operator
    assert set(DECOMPOSED_PASSES.operators()) < set(PASSES.operators())
    assert preserved_views() & set(views()) <= set(DECOMPOSED_PASSES.operators())


def test_every_kind_of_base_is_met_by_some_view():
    offered = {family for operator in views() for family in swept_families(operator, "quick")}
    assert {family for operator in views() for family in chosen_families(operator, "quick")} == offered
    assert chosen_families("aten.t.default", "full") == swept_families("aten.t.default", "quick")


def test_a_call_stands_for_each_chosen_family():
    found = list(modules("aten.select.int", "module", "quick"))
    assert len(found) == len(chosen_families("aten.select.int", "quick"))
    assert all(expect(case.call).outputs for case in found)


def test_a_named_module_is_one_case():
    assert list(modules("module.cond", "module", "quick")) == [ModuleCase(None, "cond")]
