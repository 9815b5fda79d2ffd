"""Bindings: constructor arguments, attributes and call arguments, in order, and what has none."""

import pytest

from viewproof_reference.viewmeta import bindings
from viewproof_reference.viewmeta.bindings import FIXED
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema

ONE = parse_schema("slice_inverse(Tensor(a) self, Tensor src, int dim=0, SymInt[] z=[]) -> Tensor(a)")
MANY = parse_schema("split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]")
MODE = "at::functionalization::InverseReturnMode inverse_return_mode"


def texts(found):
    return [str(binding) for binding in found]


def test_the_six_fixed_bindings():
    assert texts(FIXED) == [
        "const at::Tensor & base",
        "bool has_symbolic_inputs",
        "const at::Tensor & mutated_view",
        "int64_t out_index",
        "bool reapply_views",
        MODE,
    ]


def test_the_output_index_is_taken_where_there_are_several_outputs():
    assert texts(bindings.base_constructor_arguments(ONE)) == ["bool has_symbolic_inputs"]
    assert texts(bindings.base_constructor_arguments(MANY)) == ["bool has_symbolic_inputs", "int64_t out_index"]


def test_members_own_and_constructor_arguments_borrow():
    assert texts(bindings.attributes(ONE, owning=True)) == [
        "bool reapply_views", MODE, "at::Tensor src", "int64_t dim", "::std::vector<c10::SymInt> z",
    ]  # fmt: skip
    assert texts(bindings.extra_constructor_arguments(ONE)) == [
        "bool reapply_views", MODE, "const at::Tensor & src", "int64_t dim", "c10::SymIntArrayRef z",
    ]  # fmt: skip
    assert bindings.attributes(ONE, owning=False) == bindings.extra_constructor_arguments(ONE)


def test_call_arguments():
    rest = ["c10::SymInt split_size", "int64_t dim"]
    base, view = "const at::Tensor & base", "const at::Tensor & mutated_view"
    assert texts(bindings.operator_arguments(MANY, reverse=False)) == [base, *rest]
    assert texts(bindings.operator_arguments(MANY, reverse=True)) == [base, view, MODE, "int64_t out_index", *rest]
    reverse = texts(bindings.operator_arguments(ONE, reverse=True))
    assert reverse[:4] == [base, view, MODE, "const at::Tensor & src"]


@pytest.mark.parametrize(
    ("returns", "several"),
    [
        ("Tensor(a)", False),
        ("Tensor(a)[]", True),
        ("Tensor(a)[]?", True),
        ("Tensor(a)?", False),
        ("(Tensor(a) x, Tensor y)", True),
        ("()", False),
    ],
)
def test_several_outputs(returns, several):
    assert bindings.is_multi_output(parse_schema(f"f(Tensor(a) self) -> {returns}")) is several


def test_each_output_is_one_tensor():
    assert bindings.returns_type(ONE) == bindings.returns_type(MANY) == "at::Tensor"


@pytest.mark.parametrize(("returns", "says"), [("()", "got none"), ("int", "got int"), ("(Tensor(a), int)", "got int")])
def test_returns_that_are_no_tensors_are_refused(returns, says):
    with pytest.raises(ApiRefusal, match=says):
        bindings.returns_type(parse_schema(f"f(Tensor(a) self) -> {returns}"))


@pytest.mark.parametrize(
    ("arguments", "says"), [("", "got no argument"), ("int x", "got int"), ("Tensor(a)[] self", r"got Tensor\[\]")]
)
def test_a_view_has_a_base(arguments, says):
    schema = parse_schema(f"f({arguments}) -> Tensor(a)")
    for ask in (bindings.attributes, bindings.operator_arguments):
        with pytest.raises(ApiRefusal, match=f"f: wanted a Tensor as its first argument, {says}"):
            ask(schema, **({"owning": True} if ask is bindings.attributes else {"reverse": True}))
