"""The contents of samples: they follow from layout and place alone, and lie in the domain that is named."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import parse_case
from viewproof.samples.build import WORDS, build_sample
from viewproof.samples.cases import DOMAINS, MATRICES
from viewproof.samples.fill import contents
from viewproof_reference.layout.dtypes import DTYPES


def tensor(text):
    (operand,) = build_sample(parse_case(f"sample(aten.relu.default({text}))").call).operands
    return operand.tensor


def first(text):
    argument = parse_case(f"sample(aten.relu.default({text}))").call.args[0]
    return getattr(argument, "tensor", argument)


FLOATS = [name for name, dtype in DTYPES.items() if dtype.kind == "float"]
WIDE = [name for name in FLOATS if DTYPES[name].itemsize > 1]


def test_plain_contents_spread_on_both_sides_of_0():
    values = tensor("float32[40]")
    assert values.min() < -1.5
    assert values.max() > 1.5
    assert set(tensor("int32[40]").tolist()) == {-2, -1, 0, 1, 2}
    assert set(tensor("uint8[40]").tolist()) == {1, 2, 3, 4, 5}
    assert set(tensor("bool[40]").tolist()) == {True, False}


@given(st.sampled_from(WIDE), st.integers(1, 256), st.integers(0, 6), st.sampled_from(["", "unit", "above"]))
def test_floats_are_far_from_0_integers_and_halves_and_exact_in_their_dtype(dtype, count, number, domain):
    values = contents(first(f"{dtype}[{count}]"), number, domain)
    assert all(abs(value * 2 - round(value * 2)) >= 2**-9 for value in values)
    assert torch.tensor(values, dtype=torch.float64).to(WORDS[dtype]).tolist() == list(values)
    low, high = {"": (-2, 2), "unit": (1 / 8, 7 / 8), "above": (1, 3)}[domain]
    assert all(low < value < high for value in values)


@given(st.integers(1, 1024), st.integers(0, 6), st.sampled_from(["", "unit", "above"]))
def test_no_two_numbers_of_a_tensor_are_alike(count, number, domain):
    room = 1024 >> {"": 0, "unit": 3, "above": 2}[domain]
    values = contents(first(f"float32[{min(count, room)}]"), number, domain)
    assert len(set(values)) == len(values)


def test_bfloat16_tells_as_many_numbers_apart_as_it_has_bits_for():
    assert len(set(contents(first("bfloat16[256]"), 0))) == 256
    assert len(set(contents(first("bfloat16[256]"), 1))) == 128


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 6), st.sampled_from(["float32", "bfloat16"]))
def test_no_number_of_the_first_tensor_is_a_multiple_of_one_of_another(one, other, number, dtype):
    """Quotients are then far from integers, and no comparison of two operands is a tie."""
    left = contents(first(f"{dtype}[{one}]"), 0)
    right = contents(first(f"{dtype}[{other}]"), number)
    quotients = [value / divisor for value in left[:40] for divisor in right[:40]]
    assert all(abs(quotient - round(quotient)) > 2**-12 for quotient in quotients)
    assert set(left).isdisjoint(right)


@given(st.integers(2, 40), st.integers(0, 5), st.randoms(use_true_random=False))
def test_sums_of_products_do_not_depend_on_their_order(count, number, random):
    left = contents(first(f"float32[{count}]"), 0)
    right = contents(first(f"float32[{count}]"), number + 1)
    products = [torch.tensor(one) * torch.tensor(two) for one, two in zip(left, right, strict=True)]
    whole = sum(products, torch.tensor(0.0))
    random.shuffle(products)
    assert sum(products, torch.tensor(0.0)) == whole
    assert whole.item() == sum(one * two for one, two in zip(left, right, strict=True))


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_float_dtype_has_contents(dtype):
    values = tensor(f"{dtype}[16]").to(torch.float64)
    assert values.isfinite().all()
    assert values.tolist() == list(contents(first(f"{dtype}[16]"), 0))


@pytest.mark.parametrize("side", range(2, 13))
@pytest.mark.parametrize("number", range(3))
def test_general_matrices_have_full_rank(side, number):
    values = contents(first(f"float64[{side},{side}]"), number)
    singular = np.linalg.svd(np.array(values).reshape(side, side), compute_uv=False)
    assert singular[-1] > 0.005


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
    assert torch.allclose(definite, definite.mH)
    assert torch.linalg.eigvalsh(definite).min() > 0.5
    lower = tensor(f"triangular({layout})")
    assert lower.equal(lower.tril())
    assert (lower.diagonal(dim1=-2, dim2=-1).real > 0).all()


def condition(values, side):
    singular = np.linalg.svd(np.array(values).reshape(-1, side, side), compute_uv=False)
    return (singular[:, 0] / singular[:, -1]).max(), (singular[:, :-1] - singular[:, 1:]).min(initial=math.inf)


@pytest.mark.parametrize("domain", sorted(MATRICES))
@pytest.mark.parametrize("dtype", ["float32", "complex64", "bfloat16"])
@pytest.mark.parametrize("side", [1, 2, 3, 5, 8, 12])
def test_matrices_are_well_conditioned_and_their_singular_values_lie_apart(domain, dtype, side):
    for number in range(3):
        worst, gap = condition(contents(first(f"{domain}({dtype}[2,{side},{side}])"), number, domain), side)
        assert worst < 2 * side + 2
        assert gap > 0.1


def test_an_invertible_matrix_asks_for_an_exchange_of_rows():
    matrix = tensor("invertible(float32[4,4])").abs()
    assert (matrix[0].argmax(), matrix[:, 0].argmax()) == (1, 3)


def test_what_is_not_square_in_its_last_dimensions_is_invertible_as_a_whole():
    whole = contents(first("invertible(float32[2,3,6])"), 0, "invertible")
    assert condition(whole, 6)[0] < 14
    with pytest.raises(ValueError, match=r"square matrices in invertible\(\)"):
        tensor("invertible(float32[2,3])")
    with pytest.raises(ValueError, match=r"square matrices in spd\(\)"):
        tensor("spd(float32[2,3,6])")


def test_numbers_are_where_their_domain_says():
    assert tensor("unit(float32[50])").min() > 0
    assert tensor("unit(float32[50])").max() < 1
    assert tensor("above(float32[50])").min() > 1
    assert tensor("above(float32[50])").max() < 3
    assert (tensor("ascending(float32[2,4]:[1,2])").diff(dim=-1) > 0).all()
    assert (tensor("ascending(int64[4])").diff() > 0).all()
    assert set(DOMAINS) == {"unit", "above", "ascending", *MATRICES}


def test_known_values_lie_where_the_layout_says():
    assert tensor("int64[2,2]:[1,2]{1,2,3,4}").tolist() == [[1, 2], [3, 4]]
    assert tensor("bool[3]{1,0,1}").tolist() == [True, False, True]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_of_nothing_is_empty(domain):
    assert tensor(f"{domain}(float32[0,0])").numel() == 0
