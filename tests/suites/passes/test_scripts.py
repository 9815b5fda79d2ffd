"""Scripts on the passes exit 1 where torch's pass is at fault, and 0 where it is not."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript

V, VIEW = "view-to-copy", "module(aten.t.default(float32[3,4]))"
#: Rules that hold of torch's own pass, each with a module of which they are asked.
HOLD = (
    *[(V, f"passes.{rule}", VIEW) for rule in ("refused", "copies", "graph", "no-view", "values", "layouts", "fresh")],
    *[(V, f"passes.{rule}", VIEW) for rule in ("again", "metadata", "vals", "input", "sound", "overloads", "saved")],
    ("view-to-copy", "passes.inner-graphs", "module(cond)"),
    ("view-to-copy", "passes.no-inner-view", "module(cond)"),
    ("view-to-copy", "passes.names", "module(chain)"),
    ("view-to-copy", "passes.state", "module(chain)"),
    ("side-effects", "passes.modified", "module(assertions)"),
    ("side-effects", "passes.tensor-meta", "module(no_view)"),
    ("side-effects", "passes.tokens", "module(assertions)"),
    ("side-effects", "passes.left-effects", "module(range_and_assertions)"),
    ("side-effects", "passes.untouched", "module(no_view)"),
    ("side-effects", "passes.violated", "module(assertion)"),
    ("side-effects", "passes.composed", "module(no_view)"),
    ("run-decompositions", "passes.decomposed", "module(aten.reshape.default(float32[3,4], [12]))"),
    ("run-decompositions-views", "passes.preserved", "module(aten.transpose.int(float32[3,4], 0, 1))"),
)  # fmt: skip
#: What torch 2.13 does wrong, or otherwise by its design.
FAULTS = (
    ("view-to-copy", "passes.refused", "module(strided_view)"),
    ("view-to-copy", "passes.refused", "module(aten._conj.default(complex64[2,2]~grad))"),
    ("view-to-copy", "passes.refused", "module(aten.slice_inverse.default(int8[2,2]:[1,2], int8[]))"),
    ("view-to-copy", "passes.inner-graphs", "module(while_loop)"),
    ("view-to-copy", "passes.no-inner-view", "module(scan)"),
    ("view-to-copy", "passes.values", "module(aten._neg_view.default(bool[2]))"),
    ("view-to-copy", "passes.modified", "module(no_view)"),
    ("view-to-copy", "passes.names", "module(sizes)"),
    ("view-to-copy", "passes.tensor-meta", "module(chain)"),
    ("side-effects", "passes.overloads", "module(assertion)"),
    ("side-effects", "passes.composed", "module(assertion)"),
    ("side-effects", "passes.graph", "module(range_without_maximum)"),
    ("side-effects", "passes.sound", "module(taken_name)"),
    ("side-effects", "passes.tokens", "module(taken_name)"),
    ("run-decompositions", "passes.decomposed", "module(prims_view)"),
)


def test_every_rule_has_a_script_that_exits_0(statuses):
    assert {rule for _, rule, _ in HOLD} == {name for name in all_rules() if name.startswith("passes.")}
    assert statuses(HOLD) == dict.fromkeys(HOLD, 0)


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
def test_a_fault_gives_a_script_that_exits_1(statuses):
    assert statuses(FAULTS) == dict.fromkeys(FAULTS, 1)


def test_a_script_takes_nothing_of_ours_along():
    text = script_of(parse_case("module(cond)"), "view-to-copy", "passes.vals")
    assert "viewproof" not in "".join(line for line in text.splitlines() if "import" in line)


def test_the_reference_has_no_script():
    with pytest.raises(NoScript, match="wanted torch's pass"):
        script_of(parse_case("module(cond)"), "view-to-copy-reference", "passes.vals")
    with pytest.raises(NoScript, match="wanted a target that it is asked of, got view-to-copy"):
        script_of(parse_case("module(cond)"), "view-to-copy", "layout.size")
