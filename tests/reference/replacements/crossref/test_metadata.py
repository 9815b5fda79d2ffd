"""The comparison collects what torch's stops at, and under torch's leniency says what torch's says."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._dispatch.python import check_metadata_matches

from viewproof_reference.replacements.crossref import LENIENCY, lenient_verdict, taken_apart
from viewproof_reference.replacements.crossref.copies import as_copy, becomes_copy
from viewproof_reference.replacements.crossref.facts import Facts, facts_of, sharing
from viewproof_reference.replacements.crossref.metadata import (
    Mismatch,
    compare_results,
    compare_sharing,
    compare_tensors,
)

BASE = Facts((2, 3), (3, 1), 1, torch.float32, False, False, False)
CHANGES = {
    "size": {"size": (3, 2)},
    "dtype": {"dtype": torch.int32},
    "stride": {"stride": (1, 2)},
    "offset": {"offset": 0},
    "conj": {"conj": True},
    "neg": {"neg": True},
    "grad": {"grad": True},
}
DTYPES = (torch.float32, torch.int8)


@pytest.mark.parametrize("fact", CHANGES)
def test_one_fact_changed_is_one_mismatch(fact):
    (found,) = compare_tensors("[1]", BASE, BASE._replace(**CHANGES[fact]))
    assert (found.fact, found.place) == (fact, "[1]")
    assert found.fake != found.functional


def test_all_facts_changed_are_all_mismatches():
    other = BASE._replace(dtype=torch.int32, stride=(1, 2), offset=0, conj=True, neg=True, grad=True)
    found = compare_tensors("", BASE, other)
    assert [one.fact for one in found] == ["dtype", "stride", "offset", "conj", "neg", "grad"]
    assert found[1] == Mismatch("stride", "", "(3, 1)", "(1, 2)", 0)


@pytest.mark.parametrize("size", [(1, 3), (0, 3)])
def test_strides_of_no_element_are_told_apart(size):
    one, other = BASE._replace(size=size, stride=(3, 1)), BASE._replace(size=size, stride=(7, 1))
    assert [found.fact for found in compare_tensors("", one, other)] == ["stride-exact"]


def test_a_tuple_is_no_list_and_neither_is_a_wrong_number():
    one = torch.zeros(2)
    (found,) = compare_results(taken_apart([one, one]), taken_apart((one, one)))
    assert found == Mismatch("structure", "", "list(tensor, tensor)", "tuple(tensor, tensor)")
    (found,) = compare_results(taken_apart([one, one]), taken_apart([one]))
    assert found == Mismatch("structure", "", "list(tensor, tensor)", "list(tensor)")
    # The leaves of another container are compared all the same.
    found = compare_results(taken_apart((one, [one])), taken_apart([one, (torch.zeros(3),)]))
    assert [(mismatch.fact, mismatch.place) for mismatch in found] == [("structure", ""), ("size", "[1][0]")]


def test_what_is_no_tensor():
    one = torch.zeros(2)
    assert compare_results(taken_apart(3), taken_apart(4)) == []
    assert [found.fact for found in compare_results(taken_apart((one, None)), taken_apart((one, one)))] == [
        "structure",
        "kind",
    ]
    sparse = torch.eye(2).to_sparse()
    assert [found.fact for found in compare_results(taken_apart(sparse), taken_apart(torch.eye(2)))] == ["layout"]
    assert compare_results(taken_apart(sparse), taken_apart(sparse)) == []


def test_dicts_and_numbers_are_taken_apart():
    found = taken_apart({"a": torch.zeros(1), "b": (1, None)})
    assert found.shape == "dict('a': tensor, 'b': tuple(value, none))"
    assert [leaf.place for leaf in found.leaves] == ["['a']", "['b'][0]", "['b'][1]"]


def test_sharing_is_with_inputs_and_with_outputs_before():
    base, other = torch.zeros(6), torch.zeros(6)
    leaves = taken_apart([base[:2], other[:2], base[3:]]).leaves
    found = sharing(leaves, [base, other])
    assert found == [("input 0",), ("input 1",), ("input 0", "output[0]")]
    (mismatch,) = compare_sharing(["[0]", "[1]", "[2]"], found, [("input 0",), (), ("input 0", "output[0]")])
    assert mismatch == Mismatch("sharing", "[1]", "input 1", "nothing")


def tensors():
    sizes = st.lists(st.integers(0, 3), max_size=3)

    def placed(size):
        strides = st.lists(st.integers(0, 4), min_size=len(size), max_size=len(size))
        return st.builds(
            lambda stride, dtype: torch.empty_strided(size, stride, dtype=dtype, device="meta"),
            strides,
            st.sampled_from(DTYPES),
        )

    return sizes.flatmap(placed)


def said_by_torch(fake, functional):
    try:
        check_metadata_matches(fake, functional, lambda: "call")
    except AssertionError as error:
        return str(error)
    return ""


def in_torchs_words(found, count, other):
    if found is None:
        return ""
    if found.fact == "structure":
        return f"{count} != {other}"
    at = f" (mismatch at index {found.dimension})" if found.fact == "stride" else ""
    number = re.search(r"\d+", found.place)
    word = {"size": "sizes", "dtype": "dtype", "stride": "strides"}[found.fact]
    values = [re.sub(r"^\((.*?),?\)$", r"torch.Size([\1])", one) if word == "sizes" else one
              for one in (found.fake, found.functional)]  # fmt: skip
    return f"call output {number[0] if number else 0}: {word} {values[0]} != {values[1]}{at}"


@given(st.lists(tensors(), max_size=2), st.lists(tensors(), max_size=2))
def test_under_torchs_leniency_it_says_what_torch_says(fake, functional):
    ours = lenient_verdict(taken_apart(fake), taken_apart(functional))
    assert in_torchs_words(ours, len(fake), len(functional)) == said_by_torch(fake, functional)


@given(tensors(), tensors())
def test_what_torch_finds_is_found(fake, functional):
    found = {one.fact for one in compare_results(taken_apart(fake), taken_apart(functional))}
    lenient = lenient_verdict(taken_apart(fake), taken_apart(functional))
    assert (lenient is not None) is bool(found & {"size", "dtype", "stride"})
    assert lenient is None or lenient.fact in found


@pytest.mark.parametrize("fact", ["offset", "conj", "neg", "stride-exact"])
def test_what_is_listed_as_leniency_passes_torch(fact):
    one = torch.zeros(4, dtype=torch.complex64)[1:2]
    other = {
        "offset": lambda: torch.zeros(4, dtype=torch.complex64)[2:3],
        "conj": one.conj,
        "neg": lambda: torch._neg_view(one),
        "stride-exact": lambda: one.as_strided((1,), (9,), 1),
    }[fact]()
    assert fact in LENIENCY
    assert [found.fact for found in compare_tensors("", facts_of(one), facts_of(other))] == [fact]
    assert said_by_torch(one, other) == ""
    assert lenient_verdict(taken_apart(one), taken_apart(other)) is None


def test_structure_is_leniency_too():
    one = torch.zeros(1)
    assert "structure" in LENIENCY
    assert said_by_torch([one], (one,)) == ""
    assert said_by_torch(one, None) == ""
    assert lenient_verdict(taken_apart(one), taken_apart(None)) is None
    with pytest.raises(AttributeError):
        check_metadata_matches(None, one, lambda: "call")
    with pytest.raises(TypeError, match="wanted a tensor beside a tensor, got NoneType"):
        lenient_verdict(taken_apart(None), taken_apart(one))


def test_a_copy_is_row_major_and_its_bits_are_resolved():
    facts = Facts((2, 1, 3), (1, 9, 2), 4, torch.complex64, True, True, False)
    assert as_copy(facts) == Facts((2, 1, 3), (3, 3, 1), 0, torch.complex64, False, False, False)
    assert becomes_copy(torch.ops.aten.select.int)
    assert not becomes_copy(torch.ops.aten.add.Tensor)
    assert not becomes_copy(torch.ops.aten.add_.Tensor)
    assert not becomes_copy(torch.ops.aten.transpose_.default)
