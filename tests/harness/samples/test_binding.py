"""A sample's arguments are counted and named against the schema before anything runs."""

import pytest

from viewproof.cases import parse_case
from viewproof.samples.binding import misfit


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("aten.add.Tensor(float32[2], float32[2])", ""),
        ("aten.add.Tensor(float32[2], float32[2], alpha=2)", ""),
        ("aten.add.Tensor(float32[2], other=float32[2])", ""),
        # A wrong type binds: the operator itself says what is wrong with it.
        ("aten.add.Tensor(float32[2], True)", ""),
        ("aten.add.Tensor(float32[2])", "wanted an argument other, got none"),
        ("aten.add.Tensor(float32[2], float32[2], 3)", "wanted at most 2 arguments by place, got 3"),
        ("aten.add.Tensor(float32[2], float32[2], alph=1)", "wanted an argument of self, other, alpha; got alph"),
        ("aten.add.Tensor(float32[2], float32[2], other=float32[2])", "wanted argument other once, got it twice"),
        ("aten.abs.out(float32[2])", "wanted an argument out, got none"),
        ("aten._make_dep_token.default(3)", "wanted at most 0 arguments by place, got 1"),
    ],
)
def test_a_call_binds_or_the_reason_is_said(call, said):
    assert misfit(parse_case(f"sample({call})")) == said


def test_other_subjects_are_not_asked():
    assert misfit(parse_case("samples(aten.add.Tensor)")) == ""
    assert misfit(parse_case("aten.alias.default(float32[2])")) == ""


def test_an_operator_that_this_torch_lacks_is_named():
    with pytest.raises(ValueError, match="no such overload"):
        misfit(parse_case("sample(aten.no_such.default(1))"))
