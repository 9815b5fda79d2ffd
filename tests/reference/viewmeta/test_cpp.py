"""The C++ spelling of types: arguments borrow as the dispatcher wants, members own what they keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.viewmeta.cpp import OBJECTS, VALUES, borrowed, owned
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema


def type_of(word):
    return parse_schema(f"f({word} x) -> ()").arguments[0].type


@pytest.mark.parametrize(
    ("word", "argument", "member"),
    [
        ("Tensor", "const at::Tensor &", "at::Tensor"),
        ("Tensor?", "const ::std::optional<at::Tensor> &", "::std::optional<at::Tensor>"),
        ("Tensor[]", "at::TensorList", "::std::vector<at::Tensor>"),
        ("Tensor?[]", "const c10::List<::std::optional<at::Tensor>> &", "c10::List<::std::optional<at::Tensor>>"),
        ("Scalar", "const at::Scalar &", "at::Scalar"),
        ("Scalar?", "const ::std::optional<at::Scalar> &", "::std::optional<at::Scalar>"),
        ("Scalar[]", "at::ArrayRef<at::Scalar>", "::std::vector<at::Scalar>"),
        ("int", "int64_t", "int64_t"),
        ("int?", "::std::optional<int64_t>", "::std::optional<int64_t>"),
        ("int[]", "at::IntArrayRef", "::std::vector<int64_t>"),
        ("int[2]", "at::IntArrayRef", "::std::vector<int64_t>"),
        ("int[1]?", "at::OptionalIntArrayRef", "::std::optional<::std::vector<int64_t>>"),
        ("SymInt", "c10::SymInt", "c10::SymInt"),
        ("SymInt[]", "c10::SymIntArrayRef", "::std::vector<c10::SymInt>"),
        ("SymInt[]?", "at::OptionalSymIntArrayRef", "::std::optional<::std::vector<c10::SymInt>>"),
        ("bool[3]", "::std::array<bool,3>", "::std::array<bool,3>"),
        ("float[]?", "::std::optional<at::ArrayRef<double>>", "::std::optional<::std::vector<double>>"),
        ("str", "c10::string_view", "::std::string"),
        ("ScalarType?", "::std::optional<at::ScalarType>", "::std::optional<at::ScalarType>"),
        ("Dimname[]", "at::DimnameList", "::std::vector<at::Dimname>"),
    ],
)
def test_spellings(word, argument, member):
    assert borrowed(type_of(word)) == argument
    assert owned(type_of(word)) == member


def test_a_written_tensor_is_a_reference_that_is_not_constant():
    assert borrowed(type_of("Tensor"), written=True) == "at::Tensor &"
    assert borrowed(type_of("Tensor?"), written=True) == "at::Tensor &"
    assert owned(type_of("Tensor")) == "at::Tensor"


@given(st.sampled_from([*VALUES, *OBJECTS]), st.lists(st.sampled_from(["?", "[]", "[2]"]), max_size=3))
def test_what_is_owned_borrows_nothing(base, wraps):
    kind = type_of(base + "".join(wraps))
    try:
        member = owned(kind)
    except ApiRefusal:
        assert base == "bool"
        return
    assert not any(word in member for word in ("&", "ArrayRef", "string_view", "TensorList", "DimnameList"))


@pytest.mark.parametrize(("word", "says"), [("bool[]", "fixed size"), ("bool[]?", "fixed size"), ("Dict", "Dict")])
def test_types_without_spelling_are_refused(word, says):
    for spell in (borrowed, owned):
        with pytest.raises(ApiRefusal, match=says):
            spell(type_of(word))
