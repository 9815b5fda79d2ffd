"""A sample's arguments are counted and named against the schema before anything runs."""

import pytest

from viewproof.cases import parse_case
from viewproof.errors import UsageError
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
    found = misfit(parse_case(f"sample({call})"))
    assert found.partition("; the schema is ")[0] == said
    assert bool(found) is ("; the schema is aten::" in found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("aten.alias.default(float32[2])", ""),
        ("aten.t.default()", "wanted an argument self, got none"),
        ("aten.t.default(float32[2,2], 3)", "wanted at most 1 arguments by place, got 2"),
        ("aten.t.default(7)", "argument self: wanted Tensor, got 7"),
        (
            "aten.select.int(float32[3,4], 0, 18446744073709551617)",
            "argument index: wanted int, got 18446744073709551617",
        ),
        ("aten.select.int(float32[3,4], 0, nan)", "argument index: wanted int, got nan"),
        ("aten.select.int(float32[3,4], 0, int64[]{1})", "argument index: wanted int, got int64[]{1}"),
        ("aten.view.default(float32[4], [2,x])", "argument size: wanted List[int], got [2, x]"),
        ("aten.view.dtype(float32[4], float23)", "argument dtype: wanted ScalarType, got float23"),
        ("aten.view.dtype(float32[4], strided)", "argument dtype: wanted ScalarType, got strided"),
        (
            "aten.contiguous.default(float32[4], memory_format=row_major)",
            "argument memory_format: wanted MemoryFormat, got row_major",
        ),
        ("aten.to.device(float32[2], nowhere, int32)", "argument device: wanted Device, got nowhere"),
        # One number stands for a list of a length that the schema knows, for no other list.
        ("sample(aten.sum.dim_IntList(float32[2,3], 1))", ""),
        ("aten.view.default(float32[4], 4)", "argument size: wanted List[int], got 4"),
        ("module(aten.t.default(7))", "argument self: wanted Tensor, got 7"),
    ],
)
def test_types_are_the_schemas(call, said):
    assert misfit(parse_case(call)).partition("; the schema is ")[0] == said


@pytest.mark.parametrize(
    "call", ["aten.add.Tensor(float32[2], 3)", "aten.narrow.default(float32[5], 0, int64[]{0}, 2)"]
)
def test_samples_may_lean_on_what_torch_converts(call):
    assert misfit(parse_case(f"sample({call})")) == ""


def test_subjects_without_a_call_are_not_asked():
    assert misfit(parse_case("samples(aten.add.Tensor)")) == ""
    assert misfit(parse_case("module(cond)")) == ""


def test_an_operator_that_this_torch_lacks_is_named():
    with pytest.raises(UsageError, match="no such overload"):
        misfit(parse_case("sample(aten.no_such.default(1))"))
