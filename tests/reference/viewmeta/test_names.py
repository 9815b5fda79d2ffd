"""Names of classes, of what a forward calls, and of what a reverse calls."""

import pytest

from viewproof_reference.viewmeta import view_group
from viewproof_reference.viewmeta.names import class_name, forward_name, reverse_name
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema

VIEW = "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)"
GROUP = view_group(
    VIEW, "squeeze_copy.dim(Tensor self, int dim) -> Tensor", "squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)"
)


def test_class_names():
    assert class_name(GROUP.view) == "squeeze_dim_ViewMeta"
    assert class_name(GROUP.inplace) == "squeeze__dim_ViewMeta"
    assert class_name(GROUP.view, namespaced=True) == "at::functionalization::squeeze_dim_ViewMeta"
    assert class_name(parse_schema("t(Tensor(a) self) -> Tensor(a)")) == "t_ViewMeta"


def test_a_forward_calls_the_view_or_its_copy_variant():
    assert forward_name(GROUP, reapply_views=True) == "at::_ops::squeeze_dim::call"
    assert forward_name(GROUP, reapply_views=False) == "at::_ops::squeeze_copy_dim::call"


def test_a_reverse_calls_one_inverse():
    whole = "at::functionalization::FunctionalInverses::squeeze_dim_inverse"
    assert reverse_name(GROUP.view, namespaced=True) == whole
    assert reverse_name(GROUP.view, namespaced=False) == "squeeze_dim_inverse"


@pytest.mark.parametrize("reapply_views", [True, False])
def test_a_forward_needs_a_copy_variant(reapply_views):
    with pytest.raises(ApiRefusal, match=r"squeeze\.dim: wanted its copy variant squeeze_copy\.dim, got none"):
        forward_name(view_group(VIEW), reapply_views=reapply_views)


def test_a_forward_knows_its_mode_and_its_namespace():
    with pytest.raises(ApiRefusal, match="reapply_views"):
        forward_name(GROUP, reapply_views=None)
    with pytest.raises(ApiRefusal, match="namespace"):
        forward_name(GROUP, reapply_views=True, namespaced=False)
