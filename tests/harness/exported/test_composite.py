"""Torch loads composite operators once, and again when one was registered since."""

import torch
import torch._export.utils

from viewproof.exported.composite import loaded_once


def test_what_is_registered_later_is_loaded_too():
    found = torch._export.utils._collect_all_valid_cia_ops
    with loaded_once():
        before = set(found())
        library = torch.library.Library("viewproof_composite_test", "FRAGMENT")
        try:
            library.define("one(Tensor x) -> Tensor")
            library.impl("one", torch.clone, "CompositeImplicitAutograd")
            after = set(found())
        finally:
            library._destroy()
    assert {str(one) for one in after - before} == {"viewproof_composite_test.one.default"}
    assert set(found()) >= before


def test_nothing_is_left_behind():
    own = torch._export.utils._materialize_cpp_cia_ops
    with loaded_once():
        assert torch._export.utils._materialize_cpp_cia_ops is not own
    assert torch._export.utils._materialize_cpp_cia_ops is own
