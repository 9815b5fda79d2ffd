"""View groups: which schemas belong together, and each way in which they do not."""

import pytest

from viewproof_reference.viewmeta import view_group
from viewproof_reference.viewmeta.group import copy_name, is_view
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema

VIEW = "foo.x(Tensor(a) self, int dim=1) -> Tensor(a)"
COPY = "foo_copy.x(Tensor self, int dim=1) -> Tensor"
INPLACE = "foo_.x(Tensor(a!) self, int dim=1) -> Tensor(a!)"


def test_members_are_read():
    group = view_group(VIEW, COPY, INPLACE, composite=False)
    assert [str(member) for member in (group.view, group.copy, group.inplace)] == [VIEW, COPY, INPLACE]
    assert group.composite is False


@pytest.mark.parametrize(
    ("text", "view"),
    [
        (VIEW, True),
        (COPY, False),
        (INPLACE, False),
        ("split(Tensor(a -> *) self) -> Tensor(a)[]", True),
        ("split(Tensor(a -> *) self) -> ()", True),
        ("add_(Tensor(a!) self, Tensor other) -> Tensor(a!)", False),
    ],
)
def test_what_a_view_is(text, view):
    assert is_view(parse_schema(text)) is view


@pytest.mark.parametrize(
    ("view", "copy"),
    [
        ("select.int(Tensor(a) self) -> Tensor(a)", "select_copy.int"),
        ("t(Tensor(a) self) -> Tensor(a)", "t_copy"),
        ("slice_inverse(Tensor(a) self, Tensor src) -> Tensor(a)", "slice_scatter"),
    ],
)
def test_the_name_of_the_copy_variant(view, copy):
    assert copy_name(parse_schema(view)) == copy


@pytest.mark.parametrize(
    ("view", "copy", "inplace", "composite", "says"),
    [
        (COPY, None, None, None, "wanted a view"),
        (INPLACE, None, None, None, "wanted a view"),
        (VIEW, None, None, False, r"wanted its copy variant foo_copy\.x, got none"),
        (VIEW, "foo_copi.x(Tensor self, int dim=1) -> Tensor", None, None, "name ends in _copy or _scatter"),
        (VIEW, "bar_copy.x(Tensor self, int dim=1) -> Tensor", None, None, "wanted the signature"),
        (VIEW, "foo_scatter.x(Tensor self, int dim=1) -> Tensor", None, None, "wanted the signature"),
        (VIEW, "foo_copy.x(Tensor self, int dim=2) -> Tensor", None, None, "wanted the signature"),
        (VIEW, "foo_copy.x(Tensor self, int d=1) -> Tensor", None, None, "wanted the signature"),
        (VIEW, "foo_copy.x(Tensor self, int dim=1) -> Tensor[]", None, None, "wanted the signature"),
        (VIEW, "foo_copy.x(Tensor(a) self, int dim=1) -> Tensor(a)", None, None, "without alias sets"),
        (VIEW, COPY, "foo.x(Tensor(a!) self, int dim=1) -> Tensor(a!)", None, "in-place variant"),
        (VIEW, COPY, "foo_.x(Tensor self, int dim=1) -> Tensor", None, "in-place variant"),
        (VIEW, COPY, "foo_.x(Tensor(a!) self, int dim=0) -> Tensor(a!)", None, "wanted the signature"),
        (VIEW, COPY, "bar_.x(Tensor(a!) self, int dim=1) -> Tensor(a!)", None, "wanted the signature"),
    ],
)
def test_a_wrong_group_is_refused(view, copy, inplace, composite, says):
    with pytest.raises(ApiRefusal, match=says):
        view_group(view, copy, inplace, composite=composite)


def test_a_copy_variant_may_be_missing():
    """A composite view decomposes, an inverse has a scatter written by hand, and nobody may have said which it is."""
    view_group(VIEW, composite=True)
    view_group(VIEW)
    view_group("foo_inverse(Tensor(a) self) -> Tensor(a)", composite=False)


def test_the_copy_of_an_inverse_is_a_scatter():
    view_group("foo_inverse(Tensor(a) self) -> Tensor(a)", "foo_scatter(Tensor self) -> Tensor")


def test_overloads_may_differ():
    """As transpose.int and transpose_ do."""
    view_group("transpose.int(Tensor(a) self) -> Tensor(a)", None, "transpose_(Tensor(a!) self) -> Tensor(a!)")
