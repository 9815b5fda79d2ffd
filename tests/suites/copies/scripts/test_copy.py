"""Scripts on copies, scatters and outs: 0 where torch conforms, 1 on its known faults and on seeded kernels."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript

KNOWN = pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
OUT = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]+1@12)"
SCATTER = "aten.select_scatter.default(float32[3,4], float32[4], 0, 1)"
GRADIENT = "aten.slice_scatter.default(float32[4]~grad, float32[2], 0, 1, 3)"
SPARSE = "aten.col_indices_copy.default(sparse_csr([2,3], crow=int64[3]{0,0,1}, col=int64[1]{2}, values=float32[1]))"
LISTED = "aten.unbind_copy.int_out(int64[2,3], 0, out=[int64[3],int64[3]:[2]@9])"
SHARED = "$0=float32@8; aten.alias_copy.out($0[4], out=$0[4]+2)"
OF_COPIES = ("copy.values", "copy.fresh", "copy.operands-unchanged")
OF_OUTS = (
    "copy.values", "copy.operands-unchanged", "copy.out-writes", "copy.out-returned", "copy.out-resize",
    "copy.out-warning",
)  # fmt: skip
LAYOUT = ("layout.size", "layout.stride", "layout.stride-exact", "layout.offset", "layout.dtype", "layout.flags")
CONFORMING = {
    **dict.fromkeys(
        [
            "aten.transpose_copy.int(complex64[3,4]:[5,1]+2@20~conj, 0, 1)",
            "aten.t_copy.default(bool[3,4])",
            "aten.split_copy.Tensor(int64[4]~view, 2)",
            "aten.view_copy.dtype(int16[2,2], int32)",
            SCATTER,
        ],
        (*OF_COPIES, "alias.storage"),
    ),
    SPARSE: OF_COPIES,
    "aten._to_copy.default(float32[2,3], dtype=int32, device=cpu)": OF_COPIES,
    **dict.fromkeys([OUT, LISTED], (*OF_OUTS, "alias.storage")),
    SHARED: ("copy.values", *OF_OUTS[2:], "alias.storage"),
    "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[1]+1)": OF_OUTS,
    "aten.slice_scatter.out(int32[4], int32[2], 0, 1, 3, out=int32[4]:[2]@8)": OF_OUTS,
    GRADIENT: ("copy.scatter-gradient",),
    "aten.slice_copy.Tensor(float32[4]~grad, 0, 1, 3)": ("grad.read",),
}


def test_a_rule_that_holds_gives_a_script_that_exits_0(statuses):
    asked = [("eager", rule, text) for text, rules in CONFORMING.items() for rule in rules]
    for target in ("eager", "meta", "fake"):
        asked += [(target, rule, text) for text in (OUT, LISTED) for rule in (*LAYOUT, "alias.storage")]
        asked.append((target, "error.refused", "aten.select_copy.int_out(float32[3,4], 0, 9, out=float32[4])"))
    asked.append(("meta-python", "layout.stride", SCATTER))
    assert {rule for _, rule, _ in asked} >= {name for name in all_rules() if name.startswith("copy.")}
    assert statuses(asked) == dict.fromkeys(asked, 0)


@KNOWN
def test_faults_of_torch_2_13_give_scripts_that_exit_1(statuses):
    block = "aten.narrow_copy.out(int64[3,4], 1, 1, 2, out=int64[3,2]:[4,2]+1@20)"
    resized = "aten.split_copy.Tensor_out(int64[4], 2, out=[int64[1],int64[3]])"
    asked = [
        ("eager", "copy.values", block),
        ("eager", "copy.out-writes", block),
        ("eager", "copy.out-warning", "aten.narrow_copy.out(int64[3,4], 1, 1, 2, out=int64[2])"),
        ("eager", "copy.values", resized),
        ("eager", "copy.out-resize", resized),
        ("eager", "copy.out-warning", resized),
        ("eager", "copy.scatter-gradient", "aten.as_strided_scatter.default(float32[4]~grad, float32[2], [2], [1], 1)"),
        *[
            (target, "layout.size", "aten.split_copy.Tensor_out(int64[2], 1, out=[int64[1]@4,int64[0]])")
            for target in ("eager", "meta", "fake")
        ],
        # It raises, which breaks any rule of it.
        ("eager", "layout.size", "aten.select_copy.int(complex64[3,4]~grad, 0, 1)"),
        ("eager", "copy.values", "aten.select_copy.int(complex64[3,4]~grad, 0, 1)"),
    ]
    assert statuses(asked) == dict.fromkeys(asked, 1)


ALIASING = """
library = torch.library.Library("aten", "IMPL")
library.impl("transpose_copy.int", lambda self, d0, d1: self.as_strided((4, 3), (1, 4), 0), "CPU")
library.impl("split_copy.Tensor", lambda self, size, dim=0: list(torch.empty(4).split(2)), "CPU")
def writing(self, dim, index, *, out):
    out.copy_(self[index])
    self.zero_()
    return out.clone()
library.impl("select_copy.int_out", writing, "AutogradCPU")
"""


def test_a_seeded_kernel_gives_scripts_that_exit_1(statuses):
    asked = [
        ("eager", "copy.fresh", "aten.transpose_copy.int(float32[3,4], 0, 1)"),
        ("eager", "alias.storage", "aten.transpose_copy.int(float32[3,4], 0, 1)"),
        ("eager", "copy.fresh", "aten.split_copy.Tensor(float32[4], 2)"),
        ("eager", "copy.operands-unchanged", "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4])"),
        ("eager", "copy.operands-unchanged", "aten.select_copy.int_out(bool[3,4], 0, 1, out=bool[4])"),
        ("eager", "copy.out-returned", "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4])"),
    ]
    assert statuses(asked, ALIASING) == dict.fromkeys(asked, 1)


def test_what_has_no_script_says_why():
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got meta"):
        script_of(parse_case(OUT), "meta", "copy.values")
    with pytest.raises(NoScript, match=r"wanted one of .*copy\.values"):
        script_of(parse_case(OUT), "eager", "copy.moon")
    with pytest.raises(NoScript, match="wanted an operand on a storage that no out is on"):
        script_of(parse_case(SHARED), "eager", "copy.operands-unchanged")
    with pytest.raises(NoScript, match="wanted a call that has an out"):
        script_of(parse_case(SCATTER), "eager", "copy.out-writes")
    with pytest.raises(NoScript, match="wanted a scatter"):
        script_of(parse_case(OUT), "eager", "copy.scatter-gradient")
