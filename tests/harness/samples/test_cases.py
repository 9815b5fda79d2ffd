"""Samples are read and written by inverse functions; what is no sample is refused with the place of the fault."""

import pytest
from case_strategies import cases
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import Case, CaseSyntaxError, TensorArgument, format_case, parse_case
from viewproof.samples.cases import DOMAINS, DomainTensor, SampleCase, SampledCase, Text
from viewproof_reference.layout.model import Layout, contiguous_strides, element_count


def square(dtype, rows):
    size = (rows, rows)
    width = {"float32": 4, "complex64": 8, "int32": 4}[dtype]
    return TensorArgument(Layout(size, contiguous_strides(size), 0, dtype, storage_bytes=element_count(size) * width))


TEXTS = st.text(st.characters(exclude_characters="'\\\n", codec="ascii"), max_size=6).map(Text)
WITHIN = st.builds(
    DomainTensor,
    st.sampled_from([name for name in DOMAINS if name != "ascending"]),
    st.builds(square, st.sampled_from(["float32", "complex64"]), st.integers(0, 3)),
)
MORE = st.recursive(TEXTS | WITHIN, lambda inner: st.lists(inner, max_size=2).map(tuple), max_leaves=3)


@given(cases(), st.lists(MORE, max_size=3))
def test_what_is_written_is_read_back(case, more):
    sample = SampleCase(Case(case.operator, (*case.args, *more), case.kwargs, case.storages))
    assert parse_case(format_case(sample)) == sample


@pytest.mark.parametrize(
    "text",
    [
        "sample(aten.addmm.default(float32[2,3], float32[2,4], float32[4,3]:[1,4], beta=0.5))",
        "sample(aten.einsum.default('ij,jk->ik', [float32[2,3],None]))",
        "sample(aten.rand.default([2], dtype=float32, generator=None))",
        "sample(aten.sort.default(ascending(int32[3])))",
        "sample($0=float32@4; aten.add.Tensor($0[2], $0[2]+2))",
        "samples(aten.add.Tensor)",
    ],
)
def test_a_name_is_canonical(text):
    assert format_case(parse_case(text)) == text


def test_a_sample_shows_its_operands_as_a_call_does():
    sample = parse_case("sample(aten.mul.Scalar(unit(float32[3]), 2))")
    assert sample.operator == "aten.mul.Scalar"
    assert sample.args == (parse_case("aten.mul.Scalar(float32[3], 2)").args[0], 2)
    assert parse_case("sample(aten.zeros.default())").args == (None,)
    assert parse_case("samples(aten.t.default)") == SampledCase("aten.t.default")


@pytest.mark.parametrize(
    ("text", "column", "wanted"),
    [
        ("sample(aten.add.Tensor(spd(float32[2,3])))", 28, "square matrices in spd"),
        ("sample(aten.add.Tensor(unit(int32[2])))", 29, "a dtype of kind float or complex"),
        ("sample(aten.add.Tensor(unit(float32[1]{0})))", 29, "without known values"),
        ("sample(aten.add.Tensor('a))", 24, "a text in quotes"),
        ("sample(aten.add.Tensor(far(float32[2])))", 24, "before '\\('"),
        ("sample(aten.add)", 8, "an operator such as"),
        ("samples(aten.add)", 9, "an overload such as"),
    ],
)
def test_what_is_no_sample_is_refused_with_its_place(text, column, wanted):
    with pytest.raises(CaseSyntaxError, match=wanted) as refusal:
        parse_case(text)
    assert refusal.value.column == column
    assert refusal.value.text == text


@pytest.mark.parametrize("value", [Text("it's"), Text("a\\b"), DomainTensor("far", square("float32", 1)), 1j])
def test_what_no_sample_can_spell_is_refused(value):
    with pytest.raises(ValueError, match="argument: wanted"):
        format_case(SampleCase(Case("aten.add.Tensor", (value,))))
