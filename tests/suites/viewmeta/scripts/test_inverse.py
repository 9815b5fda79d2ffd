"""Scripts on inverses: 0 where torch conforms, 1 on its known faults and on a seeded one."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript

KNOWN = pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
EVERYWHERE = ("inverse.exists", "inverse.size", "inverse.bounds", "inverse.values")
OWED = {
    "inverse": (*EVERYWHERE, "inverse.stride", "inverse.flags", "inverse.shares"),
    "inverse-scatter": (*EVERYWHERE, "inverse.stride"),
    "inverse-copy": (*EVERYWHERE, "inverse.shares"),
}
CASE = "aten.select.int(complex64[2,3]:[4,1]+1@9, 0, 1)"


def test_a_rule_that_holds_gives_a_script_that_exits_0(statuses):
    asked = [(target, rule, CASE) for target, rules in OWED.items() for rule in rules]
    for target in OWED:
        asked += [
            (target, "inverse.values", "aten.select.int(bool[3,4], 1, -1)"),
            (target, "inverse.values", "aten.unbind.int(complex64[2,3]~conj, 0)"),
            (target, "inverse.values", "aten.as_strided.default(int64[2,3], [2], [2], 1)"),
            (target, "inverse.stride" if target == "inverse" else "inverse.size", "aten.t.default(float8_e5m2[2,0])"),
        ]
    asked.append(("inverse", "inverse.size", "aten.select.int(float32[2,3]:[4,1]+1@9~view, 0, 1)"))
    asked.append(("inverse", "inverse.flags", "aten.imag.default(complex64[3]~conj)"))
    assert {rule for _, rule, _ in asked} == {name for name in all_rules() if name.startswith("inverse.")}
    assert statuses(asked) == dict.fromkeys(asked, 0)


@KNOWN
def test_faults_of_torch_2_13_give_scripts_that_exit_1(statuses):
    asked = [
        ("inverse-scatter", "inverse.values", "aten.expand.default(int64[2,1], [2,3])"),
        ("inverse-copy", "inverse.values", "aten.unfold.default(int64[5], 0, 2, 2)"),
        ("inverse-scatter", "inverse.values", "aten.select.int(int64[3,2]:[0,1], 0, 1)"),
        ("inverse-copy", "inverse.shares", "aten.detach.default(int64[2])"),
        ("inverse-scatter", "inverse.bounds", "aten._reshape_alias.default(int64[4], [], [])"),
        ("inverse", "inverse.bounds", "aten.reshape.default(int64[2]:[2]@4, [2])"),
        ("inverse-scatter", "inverse.stride", "aten.unfold.default(int64[2,3]:[1,2], 0, 1, 1)"),
        ("inverse-copy", "inverse.exists", "aten.expand.default(uint16[2], [2,2])"),
        # It raises, which breaks any rule of it.
        ("inverse-copy", "inverse.values", "aten.expand.default(uint16[2], [2,2])"),
    ]
    assert statuses(asked) == dict.fromkeys(asked, 1)


@KNOWN
def test_a_script_alone_runs_its_check_in_a_process_of_its_own(alone):
    status, said = alone("inverse-scatter", "inverse.values", "aten.expand.default(int64[2,1], [2,3])")
    assert status == 1
    assert "expected" in said


SEED = """
reverse = torch.Tensor._rev_view_func_unsafe
def negated(view, other):
    found = reverse(view, other).expand(2, 2, 3)
    torch._C._set_neg(found, True)
    return found
torch.Tensor._rev_view_func_unsafe = negated
"""


def test_a_seeded_fault_gives_scripts_that_exit_1(statuses):
    asked = [("inverse", rule, CASE) for rule in ("inverse.size", "inverse.flags")]
    assert statuses(asked, SEED) == dict.fromkeys(asked, 1)


def test_what_has_no_script_says_why():
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got eager"):
        script_of(parse_case(CASE), "eager", "inverse.values")
    with pytest.raises(NoScript, match=r"wanted one of .*inverse\.exists"):
        script_of(parse_case(CASE), "inverse", "inverse.moon")
    with pytest.raises(NoScript, match="wanted an output that is a view of the operand"):
        script_of(parse_case("aten.contiguous.default(float32[2,2]:[1,2])"), "inverse", "inverse.values")
    with pytest.raises(NoScript, match="wanted a strided operand"):
        script_of(parse_case("aten.detach.default(sparse_coo([3], indices=int64[1,2]{0,2}, values=float32[2]))"),
                  "inverse-copy", "inverse.values")  # fmt: skip
