"""Bases are built as they are written: layout, bits, flags, storage and content."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.evidence.subject import expected_facts
from viewproof.tensors.build import Builder, build_case
from viewproof.tensors.facts import facts_of
from viewproof.tensors.fillings import fillings

BASES = [
    "float32[3,4]",
    "int8[]:[]+3",
    "complex64[2,3]:[1,2]+1~conj~neg",
    "bool[2,2]:[0,1]@9",
    "bfloat16[0,3]",
    "float64[2,2]:[4,1]+2@128~grad~view",
]


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("base", BASES)
def test_a_strided_base_is_what_is_written(base, device):
    case = parse_case(f"aten.alias.default({base})")
    built = Builder(device).build(case)
    (tensor,) = built.args
    assert facts_of(tensor) == expected_facts(case.args[0].layout, device)
    assert tensor.requires_grad == ("grad" in case.args[0].flags)
    assert tensor._is_view() == ("view" in case.args[0].flags)
    assert built.bases["self"].filled == (device == "cpu")


def test_a_base_holds_the_filling_that_is_laid():
    case = parse_case("aten.alias.default(float32[3]+1)")
    base = Builder("cpu").build(case).bases["self"]
    wanted = fillings(base.storage_bytes, "float32")
    base.fill(0)
    assert base.bytes_view().numpy().tobytes() == wanted[0]
    base.fill(1)
    assert base.bytes_view().numpy().tobytes() == wanted[1]
    base.fill_marked()
    assert set(base.bytes_view().tolist()) == {1}


@pytest.mark.parametrize("fresh", [False, True])
def test_a_base_is_built_once_unless_fresh(fresh):
    case = parse_case("aten.alias.default(float32[3])")
    builder = Builder("cpu", fresh=fresh)
    assert (builder.build(case).args[0] is builder.build(case).args[0]) is not fresh


def test_words_and_lists_become_torchs():
    args, _ = build_case(parse_case("aten.view.dtype(float32[3], int32)"), "cpu")
    assert args[1] is torch.int32
    args, _ = build_case(parse_case("aten.view.default(float32[3], [3,1])"), "cpu")
    assert args[1] == [3, 1]


def test_a_dual_base_of_an_earlier_level_is_not_kept():
    """Its tangent went with the level; a later chunk must have one of its own."""
    case = parse_case("aten._unpack_dual.default(dual(float32[2], float32[2]), 0)")
    for _ in range(2):
        with torch.autograd.forward_ad.dual_level():
            (dual, _level) = Builder("cpu").build(case).args
            assert torch.autograd.forward_ad.unpack_dual(dual).tangent is not None
