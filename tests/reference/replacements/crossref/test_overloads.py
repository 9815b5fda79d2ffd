"""The loaded overloads are torch's own list of them; what it leaves out is counted, and can be loaded."""

import torch
from torch._dispatch.python import all_py_loaded_overloads

from viewproof_reference.replacements.crossref import census
from viewproof_reference.replacements.crossref.overloads import (
    load_overload,
    load_overloads,
    python_loaded_overloads,
    registered_names,
)


def test_the_list_is_torchs_in_the_same_order():
    ours, torchs = list(python_loaded_overloads()), list(all_py_loaded_overloads())
    assert ours == torchs
    assert torch.ops.aten.add.Tensor in ours


def test_loaded_and_left_out_are_all_there_is():
    found = census()
    assert sorted((*found.loaded, *found.left_out)) == registered_names()
    assert set(found.loaded).isdisjoint(found.left_out)
    assert sum(name.startswith("aten::") for name in found.loaded) > 1000


def test_one_overload_alone_leaves_all_others_out():
    found = census([torch.ops.aten.add.Tensor])
    assert found.loaded == ("aten::add.Tensor",)
    assert len(found.left_out) == len(registered_names()) - 1


def test_what_is_left_out_can_be_loaded_and_is_left_out_no_more():
    loaded = load_overloads("aten")
    names = {one.name() for one in loaded}
    left = [name for name in census().left_out if name.startswith("aten::")]
    assert names.isdisjoint(left)
    # What has no Python object at all is what TorchScript alone can call.
    assert all(load_overload(name) is None for name in left)
    assert load_overload("aten::slice.Tensor") is torch.ops.aten.slice.Tensor
    assert load_overload("aten::nothing.of_the_kind") is None
