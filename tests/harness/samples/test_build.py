"""Samples made into tensors: layouts as they are written, storages of their own, shared ones shared."""

import torch

from viewproof.cases import parse_case
from viewproof.samples.build import build_sample
from viewproof.tensors.build import argument_names


def built(text, device="cpu"):
    return build_sample(parse_case(f"sample({text})").call, device)


def test_every_kind_of_argument():
    sample = built("aten.full.default([2,3], 0.5, dtype=float64, layout=strided, device=cpu, pin_memory=False)")
    assert sample.args == [[2, 3], 0.5]
    expected = {"dtype": torch.float64, "layout": torch.strided, "device": torch.device("cpu"), "pin_memory": False}
    assert sample.kwargs == expected
    assert built("aten.einsum.default('i,i', [float32[2],None])").args[0] == "i,i"


def test_tensors_are_named_as_the_schema_names_them():
    sample = built("aten._foreach_add.List([float32[2],float32[3]], [float32[2],float32[3]])")
    assert [operand.name for operand in sample.operands] == ["self.0", "self.1", "other.0", "other.1"]
    assert argument_names("aten.add.out") == ("self", "other", "alpha", "out")


def test_layouts_are_kept_and_each_build_is_anew():
    once, again = (built("aten.relu.default(float32[2,3]:[1,2]+4@16)").operands[0].tensor for _ in range(2))
    assert (once.shape, once.stride(), once.storage_offset()) == ((2, 3), (1, 2), 4)
    assert once.untyped_storage().nbytes() == 64
    assert once.equal(again)
    once.zero_()
    assert not once.equal(again)


def test_lazy_bits_and_shared_storages():
    assert built("aten.relu.default(complex64[2]~conj~neg)").operands[0].tensor.is_conj()
    one, other = (operand.tensor for operand in built("$0=float32@4; aten.add.Tensor($0[2], $0[2]+2)").operands)
    assert one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()


def test_on_meta_there_is_the_layout_alone():
    sample = built("aten.add.Tensor(float32[2]:[2], float32[2], alpha=2)", "meta")
    assert {operand.tensor.device.type for operand in sample.operands} == {"meta"}
    assert sample.operands[0].tensor.stride() == (2,)
    assert built("aten.zeros.default([2], device=cpu)", "meta").kwargs["device"] == torch.device("meta")
