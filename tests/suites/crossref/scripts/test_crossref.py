"""Scripts on crossref: 0 where torch conforms, 1 on its known faults and on seeded ones."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript
from viewproof_suites.crossref.scripts.crossref import IMPORTS

KNOWN = pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
RULES = [name for name in all_rules() if name.startswith("crossref.")]
TORCHS = ("crossref.agrees", "crossref.quiet", "crossref.state")
OURS = tuple(name for name in RULES if name not in TORCHS)
ROW = "aten.select.int(complex64[3,4]:[5,1]+2@40~conj, 0, 1)"
INVERSE = "aten.slice_inverse.default(uint32[3,2,2], uint32[2]+1, 0, 1, 2, 1)"
PIECES = "aten.split.Tensor(float32[5,4], 2)"


#: (target, rule, case) of which torch is right, on every target and of every rule.
RIGHT = [
    *[("crossref-views", rule, text) for rule in TORCHS for text in (ROW, PIECES)],
    *[("viewproof-crossref-views", rule, text) for rule in OURS for text in (ROW, PIECES)],
    *[("viewproof-crossref-copies", rule, ROW) for rule in OURS],
    ("crossref-copies", "crossref.agrees", "aten.t.default(float32[3,4])"),
]
#: (target, rule, case) of which torch 2.13 is wrong.
WRONG = [
    ("crossref-copies", "crossref.quiet", "aten.t.default(float32[3,4])"),
    ("crossref-views", "crossref.quiet", "aten.narrow.Tensor(float32[4], 0, int64[]{1}, 2)"),
    ("crossref-views", "crossref.agrees", INVERSE),
    ("viewproof-crossref-views", "crossref.run", "aten.narrow.Tensor(float32[4], 0, int64[]{1}, 2)"),
    ("viewproof-crossref-copies", "crossref.run", INVERSE),
    ("viewproof-crossref-views", "crossref.offset", "aten.linalg_diagonal.default(int64[4,4], offset=-7)"),
    ("viewproof-crossref-views", "crossref.sharing", "aten.unsafe_chunk.default(bool[2], 1)"),
    ("viewproof-crossref-views", "crossref.stride-exact", "aten.lift_fresh.default(float32[1,0]:[2,1]+2@2)"),
    ("viewproof-crossref-views", "crossref.stride", "aten._reshape_alias.default(int64[2,2], [2,2], [1,2])"),
]


def test_every_rule_has_a_script_on_every_target_that_it_is_asked_of():
    assert {target for target, _, _ in RIGHT} == set(IMPORTS)
    assert {rule for _, rule, _ in RIGHT} == set(RULES)


@KNOWN
def test_a_script_exits_0_where_torch_is_right_and_1_where_it_is_not(statuses):
    assert statuses([*RIGHT, *WRONG]) == dict.fromkeys(RIGHT, 0) | dict.fromkeys(WRONG, 1)


#: A wrong meta kernel; every script in the process has it.
SEED = """
import torch
LIBRARY = torch.library.Library("aten", "IMPL")
def wrong(self, dim, index):
    size, stride = list(self.size()), list(self.stride())
    size[dim] -= 1
    out = torch.empty(0, dtype=torch.float64, device="meta")
    return out.set_(torch.UntypedStorage(512, device="meta"), 0, size, stride)
LIBRARY.impl("diagonal", lambda self, offset=0, dim1=0, dim2=1: wrong(self, dim1, 0), "Meta")
torch.ops.aten.diagonal.default.py_kernels.pop(torch._C.DispatchKey.Meta, None)
torch.ops.aten.diagonal.default._dispatch_cache.clear()
"""
SEEDED = "aten.diagonal.default(complex64[3,3]:[3,1]+2~conj)"


LEAKS = """
import torch
import torch._dispatch.python as python_dispatch
from contextlib import contextmanager
real = python_dispatch.enable_crossref_functionalize
@contextmanager
def leaking():
    with real():
        yield
    key = torch._C.DispatchKey.Functionalize
    torch.ops.aten.alias.default._dispatch_cache[key] = lambda *given: given[0]
python_dispatch.enable_crossref_functionalize = leaking
"""


def test_seeded_faults_give_scripts_that_exit_1(statuses):
    rules = ("size", "dtype", "stride", "offset", "sharing", "flags")
    asked = [("viewproof-crossref-views", f"crossref.{rule}", SEEDED) for rule in rules]
    asked += [("crossref-views", "crossref.quiet", SEEDED), ("crossref-views", "crossref.state", ROW)]
    assert statuses(asked, SEED + LEAKS) == dict.fromkeys(asked, 1)


def test_what_has_no_script_says_why():
    case = parse_case(ROW)
    with pytest.raises(NoScript, match="a mode of viewproof's own"):
        script_of(case, "viewproof-crossref-views", "crossref.state")
    with pytest.raises(NoScript, match="wanted one that is asked of crossref-views"):
        script_of(case, "crossref-views", "crossref.size")
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got eager"):
        script_of(case, "eager", "crossref.agrees")
