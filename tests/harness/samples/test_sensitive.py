"""What rounding could decide in a call is measured: each measure finds a call that it decides, and lets another be."""

import math
import warnings

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.samples.build import build_sample
from viewproof.samples.sensitive import jolted, moved, watched


def call_of(text):
    return parse_case(f"sample({text})").call


def met_by(function, text):
    watching, met = watched(function)
    built = build_sample(call_of(text))
    watching(*built.args, **built.kwargs)
    return met


def test_a_composite_is_seen_through_to_the_matrix_that_it_factors():
    met = met_by(torch.ops.aten.inverse.default, "aten.inverse.default(invertible(float32[2,3,3]))")
    assert [(name, list(matrix.shape)) for name, matrix in met.matrices] == [("aten.linalg_inv_ex.default", [3, 3])] * 2
    assert all(float(torch.linalg.cond(matrix)) < 10 for _, matrix in met.matrices)


def test_the_right_hand_side_is_no_matrix_that_is_factored():
    text = "aten.triangular_solve.default(float32[3,2], triangular(float32[3,3]))"
    with warnings.catch_warnings(action="ignore"):
        met = met_by(torch.ops.aten.triangular_solve.default, text)
    assert [list(matrix.shape) for _, matrix in met.matrices] == [[3, 3]]


def test_gaps_are_of_what_is_compared_and_relative():
    met = met_by(lambda one: torch.ops.aten.gt(one, 2.5), "aten.relu.default(float32[3]{2,3,100})")
    assert met.gaps == [("aten.gt.Scalar", pytest.approx(0.5 / 3))]


def test_gaps_are_of_what_is_sorted_and_ties_are_none():
    met = met_by(torch.ops.aten.sort.default, "aten.sort.default(float32[4]{5,4,5,8})")
    assert met.gaps == [("aten.sort.default", pytest.approx(1 / 5))]
    assert met_by(torch.ops.aten.sort.default, "aten.sort.default(float32[2]{1,1})").gaps == []


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        ("aten.mul.Tensor(float32[2,3], float32[2,3])", True),
        ("aten.inverse.default(invertible(float32[4,4]))", True),
        ("aten.floor.default(ascending(float32[4]))", False),  # -1, -0.5, 0, 0.5: an integer's neighbour is below it
        ("aten.view.dtype(float32[2], int32)", False),
        ("aten.sum.dim_IntList(float32[3,3], [0], dtype=float64)", True),  # measured by float32, which the operand is
        ("aten.relu.default(bfloat16[4])", True),  # which has no near neighbour
    ],
)
def test_results_move_with_their_operands(text, steady):
    assert (moved(call_of(text))[0] < 1) is steady


def test_a_call_that_raises_but_once_is_not_steady():
    # What says which label is a target may be 1 and nothing above.
    operands = "float32[], float32[1,1], int64[1,1]{0}, 1, triangular(float32[1,1])"
    assert moved(call_of(f"aten.multilabel_margin_loss_backward.default({operands})")) == (
        math.inf,
        "strided becomes RuntimeError",
    )


def test_numbers_that_are_spelled_out_and_zeros_stay():
    case = call_of("aten.addmm.default(float32[2]{1,2}, triangular(float32[2,2]), float32[2,2])")
    still, other = build_sample(case), jolted(case, 1)
    (_, bias), (_, matrix), (_, plain) = other.operands
    assert bias.equal(still.operands[0].tensor)
    assert matrix[0, 1] == 0
    assert not (plain == still.operands[2].tensor).any()
    assert torch.allclose(plain, still.operands[2].tensor, rtol=2**-22, atol=0)


def test_salts_move_otherwise():
    case = call_of("aten.relu.default(float32[30])")
    assert not jolted(case, 1).operands[0].tensor.equal(jolted(case, 2).operands[0].tensor)
