"""Scripts on functionalized programs: 0 where torch conforms, 1 on its known faults and on seeded ones."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript

KNOWN = pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
EVERYWHERE = ("functional.values", "functional.base", "functional.input", "functional.state")
RECORDING = (*EVERYWHERE, "functional.layout", "functional.sequence")
OWED = {
    "functionalize": (*RECORDING, "functional.sequence-applied"),
    "functionalize-copies": (*RECORDING, "functional.sequence-applied"),
    "functional-mode": RECORDING,
    "functionalize-graph": (*EVERYWHERE, "functional.graph"),
}
CASE = "aten.slice.Tensor(complex64[3,4]:[5,1]+2@40~conj, 1, 1, 3)"


def test_a_rule_that_holds_gives_a_script_that_exits_0(statuses):
    asked = [(target, rule, CASE) for target, rules in OWED.items() for rule in rules]
    for target in OWED:
        asked += [
            (target, "functional.values", "aten.unbind.int(float64[3,2]:[1,3], 0)"),
            (target, "functional.values", "aten.squeeze_.dim(int32[1,3], 0)"),
        ]
    for text in (
        "aten.transpose.int(bool[3,4]:[5,1]+2@40, 0, 1)",
        "aten.select.int(float32[3,2]:[0,1], 0, 1)",
        "aten.view_as.default(float32[6], float32[2,3])",
    ):
        asked.append(("functionalize", "functional.values", text))
    for target in ("functionalize", "functionalize-copies"):
        for text in ("aten.squeeze_.dim(int32[1,3], 0)", "aten.select.int(float32[3,2]:[0,1], 0, 1)"):
            asked += [(target, "functional.sequence", text), (target, "functional.sequence-applied", text)]
    assert {rule for _, rule, _ in asked} == {name for name in all_rules() if name.startswith("functional.")}
    assert statuses(asked) == dict.fromkeys(asked, 0)


@KNOWN
def test_faults_of_torch_2_13_give_scripts_that_exit_1(statuses):
    asked = [
        ("functionalize", "functional.values", "aten.expand.default(float32[2]+1, [2])"),
        ("functionalize-copies", "functional.base", "aten.unfold.default(bool[2], 0, 0, 3)"),
        ("functionalize", "functional.input", "aten.as_strided.default(int64[]@3, [2], [1], 0)"),
        ("functionalize", "functional.sequence-applied", "aten.as_strided.default(int64[]@3, [2], [1], 0)"),
        ("functionalize", "functional.layout", "aten.lift.default(complex128[2]~conj)"),
        ("functional-mode", "functional.sequence", "aten.view.dtype(int16[3,2,2], int8)"),
        ("functional-mode", "functional.values", "aten.unsafe_chunk.default(bool[2], 1)"),
        ("functionalize-graph", "functional.graph", "aten.set_.default(int64[]@6)"),
        ("functionalize-graph", "functional.input", "aten.set_.default(int64[]@6)"),
        # It raises, which breaks any rule of it.
        ("functionalize-copies", "functional.values", "aten.unfold.default(uint16[4,3], -2, 3, 2)"),
        ("functionalize-copies", "functional.layout", "aten.unfold.default(uint16[4,3], -2, 3, 2)"),
    ]
    assert statuses(asked) == dict.fromkeys(asked, 1)


@KNOWN
@pytest.mark.parametrize(
    ("target", "rule", "text"),
    [
        # The process dies of it; freed memory is read, now with one end, now with another.
        ("functional-mode", "functional.values",
         "aten.set_.source_Tensor_storage_offset(int64[2,0], int64[2,3], 4, [2], [1])"),
        ("functionalize", "functional.values", "aten.slice_inverse.default(float32[3,4], float32[2,4], 0, 0, 2, 1)"),
        ("functionalize", "functional.sequence", "aten._unsafe_view.default(float32[3,4], [4,3])"),
    ],
)  # fmt: skip
def test_what_kills_its_process_gives_a_script_that_exits_1(alone, target, rule, text):
    status, said = alone(target, rule, text)
    assert status == 1
    assert "expected" in said


SEED = """
import torch.func
functionalize = torch.func.functionalize
def forgetful(function, remove):
    def run(inputs):
        found = functionalize(function, remove=remove)(inputs)
        torch._C._push_on_torch_function_stack(torch.overrides.BaseTorchFunctionMode())
        return found
    return run
torch.func.functionalize = forgetful
"""


def test_a_seeded_fault_gives_a_script_that_exits_1(statuses):
    asked = [("functionalize", "functional.state", CASE)]
    assert statuses(asked, SEED) == dict.fromkeys(asked, 1)


def test_what_has_no_script_says_why():
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got eager"):
        script_of(parse_case(CASE), "eager", "functional.values")
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got functionalize"):
        script_of(parse_case(CASE), "functionalize", "layout.size")
    with pytest.raises(NoScript, match=r"wanted one of .*functional\.values"):
        script_of(parse_case(CASE), "functionalize", "functional.moon")
    with pytest.raises(NoScript, match="wanted a case that has a program"):
        script_of(parse_case("aten._reshape_alias.default(float32[4]:[2]@8, [2], [1])"), "functionalize",
                  "functional.values")  # fmt: skip
    with pytest.raises(NoScript, match="wanted a strided base"):
        script_of(parse_case("aten._indices.default(sparse_coo([3], indices=int64[1,2]{0,2}, values=float32[2]))"),
                  "functionalize", "functional.values")  # fmt: skip
