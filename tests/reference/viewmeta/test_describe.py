"""The one door: a whole group described, flat answers, and refusals as answers."""

import subprocess
import sys
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.viewmeta import REFUSED, answers
from viewproof_reference.viewmeta.describe import ClassApi, FixedBindings, GroupApi, answer_text, describe
from viewproof_reference.viewmeta.refusal import ApiRefusal, RefusedAnswer
from viewproof_reference.viewmeta.schema import SchemaError

VIEW = "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)"
COPY = "squeeze_copy.dim(Tensor self, int dim) -> Tensor"
INPLACE = "squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)"


def test_every_function_is_answered():
    flat = answers(VIEW, COPY, INPLACE)
    kinds = {"group": GroupApi, "view": ClassApi, "inplace": ClassApi, "binding": FixedBindings}
    assert list(flat) == [f"{part}.{field.name}" for part, kind in kinds.items() for field in fields(kind)]
    assert all(flat.values())


def test_a_group_without_in_place_variant_has_no_such_answers():
    flat = answers(VIEW, COPY)
    assert describe(VIEW, COPY).inplace is None
    assert flat == {
        question: answer for question, answer in answers(VIEW, COPY, INPLACE).items() if "inplace" not in question
    }


def test_what_is_described():
    api = describe(VIEW, COPY, INPLACE, composite=False)
    assert api.view.class_name == "squeeze_dim_ViewMeta"
    assert api.inplace.class_name == "squeeze__dim_ViewMeta"
    assert api.view.is_multi_output is False
    assert api.group.name_forward_copies == "at::_ops::squeeze_copy_dim::call"
    assert api.group.call_arguments_forward == ("const at::Tensor & base", "int64_t dim")
    assert api.group.reverse_declaration == (
        "static at::Tensor squeeze_dim_inverse(const at::Tensor & base, const at::Tensor & mutated_view, "
        "at::functionalization::InverseReturnMode inverse_return_mode, int64_t dim);"
    )


def test_refusals_are_answers_with_their_reason():
    api = describe(VIEW)
    refused = {field.name for field in fields(GroupApi) if isinstance(getattr(api.group, field.name), RefusedAnswer)}
    assert refused == {
        "name_forward_views",
        "name_forward_copies",
        "name_forward_unqualified",
        "name_forward_undecided",
        "call_arguments_forward",
        "call_arguments_reverse",
    }
    assert "squeeze_copy.dim" in api.group.name_forward_views.reason
    assert {question for question, answer in answers(VIEW).items() if answer == REFUSED} == {
        f"group.{name}" for name in refused
    }


def test_a_first_argument_that_is_no_tensor_is_refused_where_it_matters():
    api = describe("f(int x, Tensor(a) self) -> Tensor(a)")
    assert isinstance(api.view.attributes_owning, RefusedAnswer)
    assert isinstance(api.view.operator_arguments_forward, RefusedAnswer)
    assert isinstance(api.group.reverse_declaration, RefusedAnswer)
    assert api.view.base_constructor_arguments == ("bool has_symbolic_inputs",)


def test_a_wrong_group_has_one_answer():
    assert answers(VIEW, "squeeze_copy.dim(Tensor self) -> Tensor") == {"group": REFUSED}
    with pytest.raises(ApiRefusal, match="wanted the signature"):
        describe(VIEW, "squeeze_copy.dim(Tensor self) -> Tensor")


def test_a_text_that_is_no_schema_is_refused():
    with pytest.raises(SchemaError):
        answers("squeeze")


@given(st.lists(st.sampled_from(["int64_t dim", "bool x", "at::Tensor y"])))
def test_lists_are_joined(parts):
    assert answer_text(tuple(parts)) == ", ".join(parts)


def test_neither_torch_nor_torchgen_is_loaded():
    program = (
        "import sys, viewproof_reference.viewmeta\n"
        "sys.exit(', '.join({'torch', 'torchgen'} & sys.modules.keys()) or None)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
