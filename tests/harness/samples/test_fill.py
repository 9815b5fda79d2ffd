"""The contents of samples: they follow from layout and place alone, and lie in the domain that is named."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.cases.samples import DOMAINS
from viewproof.samples.build import build_sample
from viewproof.samples.fill import contents


def tensor(text):
    (operand,) = build_sample(parse_case(f"sample(aten.relu.default({text}))").call).operands
    return operand.tensor


def first(text):
    argument = parse_case(f"sample(aten.relu.default({text}))").call.args[0]
    return getattr(argument, "tensor", argument)


def test_plain_contents_spread_on_both_sides_of_0():
    values = tensor("float32[40]")
    assert values.min() < -1.5
    assert values.max() > 1.5
    assert values.unique().numel() == 40
    assert set(tensor("int32[40]").tolist()) == {-2, -1, 0, 1, 2}
    assert set(tensor("uint8[40]").tolist()) == {1, 2, 3, 4, 5}
    assert set(tensor("bool[40]").tolist()) == {True, False}


def test_contents_are_of_the_place_and_not_of_the_layout():
    assert tensor("float32[2,3]:[1,2]").equal(tensor("float32[3,2]").t())
    assert tensor("float32[3]:[2]+1").equal(tensor("float32[6]")[1::2])
    assert contents(first("float32[3]"), 0) == contents(first("float32[3]"), 0)
    assert contents(first("float32[3]"), 0) != contents(first("float32[3]"), 1)


def test_a_complex_number_has_two_unlike_parts():
    parts = torch.view_as_real(tensor("complex64[20]"))
    assert not (parts[:, 0] == parts[:, 1]).any()


@pytest.mark.parametrize("layout", ["float64[2,3,3]", "float64[2,3,3]:[18,1,3]+2", "complex128[3,3]"])
def test_matrices_are_what_their_domain_says(layout):
    definite = tensor(f"spd({layout})")
    assert definite.equal(definite.mH) or torch.allclose(definite, definite.mH)
    assert torch.linalg.eigvalsh(definite).min() > 0
    lower = tensor(f"triangular({layout})")
    assert lower.equal(lower.tril())
    assert (lower.diagonal(dim1=-2, dim2=-1).real > 0).all()


def test_numbers_are_where_their_domain_says():
    assert tensor("unit(float32[50])").min() > 0
    assert tensor("unit(float32[50])").max() < 1
    assert tensor("above(float32[50])").min() > 1
    assert tensor("above(float32[50])").max() < 3
    assert (tensor("ascending(float32[2,4]:[1,2])").diff(dim=-1) > 0).all()
    assert (tensor("ascending(int64[4])").diff() > 0).all()
    assert set(DOMAINS) == {"unit", "above", "ascending", "spd", "triangular"}


def test_known_values_lie_where_the_layout_says():
    assert tensor("int64[2,2]:[1,2]{1,2,3,4}").tolist() == [[1, 2], [3, 4]]
    assert tensor("bool[3]{1,0,1}").tolist() == [True, False, True]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_of_nothing_is_empty(domain):
    assert tensor(f"{domain}(float32[0,0])").numel() == 0
