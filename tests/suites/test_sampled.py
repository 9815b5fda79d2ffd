"""The samples as data: every line is canonical, its operator takes it, and what has none is counted."""

import math
from collections import Counter

import pytest
import torch

from viewproof.cases import format_case, parse_case
from viewproof.catalog import catalog
from viewproof.catalog.overloads import resolve
from viewproof.engine.quiet import quiet
from viewproof.samples.annotations import annotations_of
from viewproof.samples.binding import misfit
from viewproof.samples.build import build_sample
from viewproof.samples.run import run_sample
from viewproof_suites.decompositions import suites as decompositions
from viewproof_suites.decompositions.features.samples import is_composite
from viewproof_suites.decompositions.samples import sampled_operators, samples_of
from viewproof_suites.schemas import suites as schemas

HERE = torch.__version__.startswith("2.13.")
#: At most so many overloads have no sample, of those in the tables and of all that are dispatched. They only fall.
TABLES_WITHOUT, DISPATCHED_WITHOUT = 167, 506


def test_every_line_is_canonical_and_stands_once():
    for operator in sampled_operators():
        samples = samples_of(operator)
        assert len(set(samples)) == len(samples) > 0
        for sample in samples[:1]:
            assert sample.operator == operator
            assert parse_case(format_case(sample)) == sample


def test_an_operator_without_samples_has_none():
    assert samples_of("aten.no_such.default") == ()


@pytest.mark.skipif(not HERE, reason="the samples were gathered with torch 2.13")
def test_samples_lie_in_unlike_layouts():
    """Of the overloads that take a matrix, nearly all have a sample that is not contiguous."""
    matrices, elsewhere = Counter(), Counter()
    for operator in sampled_operators()[::5]:
        for sample in samples_of(operator):
            for operand in build_sample(sample.call).operands:
                if operand.tensor.dim() > 1 and math.prod(operand.tensor.shape) > 1:
                    matrices[operator] += 1
                    elsewhere[operator] += not operand.tensor.is_contiguous()
    assert len(matrices) > 250
    assert sum(bool(elsewhere[name]) for name in matrices) > 0.9 * len(matrices)


@pytest.mark.skipif(not HERE, reason="the tables are those of torch 2.13")
def test_what_has_no_sample_is_counted_and_only_falls():
    tables, dispatched = decompositions.without_sample(), schemas.without_sample()
    assert len(tables) <= TABLES_WITHOUT, tables
    assert len(dispatched) <= DISPATCHED_WITHOUT, dispatched
    assert schemas.sampled_here() == sampled_operators()
    assert set(tables).isdisjoint(decompositions.decomposed_operators())


def test_what_has_no_sample_is_written_down_by_name():
    assert list(decompositions.without_sample()) == sorted(set(decompositions.without_sample()))
    assert "aten._print.default" in schemas.without_sample()
    assert decompositions.DECOMPOSITIONS.unsampled is decompositions.without_sample
    assert schemas.SCHEMAS.unsampled is schemas.without_sample


def test_the_arguments_of_every_sample_bind_to_its_schema():
    assert [name for name in schemas.sampled_here() for one in samples_of(name) if misfit(one)] == []


@pytest.mark.parametrize("word", ["dropout", "native_dropout", "alpha_dropout", "feature_dropout", "dropout_"])
def test_dropout_is_sampled_in_training_and_outside(word):
    trained = {one.call.args[2] for one in samples_of(f"aten.{word}.default") if one.call.args[1] != 0}
    assert {True, False} <= trained


#: Overloads that alias without an annotation, below the catalog's scope: what they take or return is no view.
OUT_OF_SCOPE = {
    "aten._foobar.default": "an operator of torch's own tests",
    "aten._test_parallel_materialize.default": "an operator of torch's own tests",
    "aten._test_string_default.default": "an operator of torch's own tests",
    "aten._gather_sparse_backward.default": "a sparse tensor made of its operand",
    "aten.cumprod_backward.default": "the very gradient of a scalar",
    "aten.to_dense_backward.default": "the very gradient",
    "aten.to_mkldnn_backward.default": "the very gradient",
    "aten._nested_compute_contiguous_strides_offsets.default": "the very sizes, of a scalar",
    "aten._reshape_from_tensor.default": "a reshape to sizes that a tensor holds",
    "aten.histogramdd.TensorList_bins": "the very edges of the bins",
    "aten.native_dropout.default": "the very input, if it has no elements",
    "aten.to_dense.default": "the very input, if it is dense",
    "aten._to_cpu.default": "the very inputs, if they are there",
    "aten._saturate_weight_to_fp16.default": "the very weight, written",
    "aten.set.source_Tensor": "the source's storage: a functional set_",
}
#: Packets that make sparse tensors: of the very tensors of indices and values.
SPARSE = tuple([f"sparse_{layout}_tensor" for layout in ("coo", "compressed", "bsc", "bsr", "csc", "csr")])


def aliases_unsaid(operator):
    """Whether a sample of the overload returns what lies on an operand's storage, and the schema does not say so."""
    says, overload = annotations_of(operator), resolve(operator)
    for sample in samples_of(operator):
        ran = run_sample(overload, build_sample(sample.call), len(says.aliases) > 1)
        if any(one.shares and not says.may_lie_on(one.number, one.shares) for one in ran.tensors):
            return True
    return False


@pytest.mark.skipif(not HERE, reason="which operators alias is known of torch 2.13")
def test_the_catalog_knows_every_overload_that_aliases_without_saying_so():
    """Those that are seen to alias are in the catalog, or listed here with the reason; nothing here is left over."""
    entries = catalog()
    beyond = [name for name in schemas.sampled_here() if name not in entries and not annotations_of(name).writes]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with quiet:
            seen = {operator for operator in beyond if aliases_unsaid(operator)}
    finally:
        torch.set_num_threads(threads)
    sparse = {name for name in seen if any(stem in name for stem in SPARSE)}
    assert sparse
    assert seen - sparse == set(OUT_OF_SCOPE)


def test_a_composite_operator_is_known_as_one():
    assert is_composite("aten.isclose.default")
    assert not is_composite("aten.add.Tensor")
