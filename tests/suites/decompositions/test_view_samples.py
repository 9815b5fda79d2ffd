"""The views' own generator gives samples too: accepted calls, on strided bases, a few a family."""

from viewproof.cases import TensorArgument, format_case, parse_case
from viewproof.evidence.expectation import expect
from viewproof.samples.cases import SampleCase
from viewproof_suites.decompositions.view_samples import EACH, view_samples
from viewproof_suites.views.operators import swept_families, views


def test_a_view_has_a_few_of_each_family():
    found = view_samples("aten.select.int")
    assert 0 < len(found) <= EACH * len(swept_families("aten.select.int", "quick"))
    assert len(set(found)) == len(found)
    assert all(type(sample) is SampleCase and parse_case(format_case(sample)) == sample for sample in found)
    assert all(expect(sample.call).refusal is None for sample in found)
    assert {sample.args[0].layout.offset != 0 for sample in found} == {True, False}


def test_their_bases_are_strided_and_plain():
    for operator in views()[::7]:
        for sample in view_samples(operator):
            assert all(not one.flags for one in sample.args if type(one) is TensorArgument)
            assert not any(
                type(one).__name__ in ("SparseArgument", "NestedArgument", "DualArgument") for one in sample.args
            )


def test_any_other_operator_has_none():
    assert view_samples("aten.add.Tensor") == ()
