"""Calls packed into one export are carved apart again, each with its inputs; one that fails leaves the others be."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.catalog.overloads import resolve
from viewproof.exported.programs import programs_of
from viewproof.tensors.build import build_case
from viewproof_suites.passes.trial import portrait, run_graph

TEXTS = (
    "module(aten.t.default(float32[3,4]))",
    "module(aten.split.Tensor(int64[4]+2@9, 2))",
    "module(aten.view_as.default(float32[6], float32[2,3]))",
)


def programs(*texts):
    return programs_of([parse_case(text) for text in texts], "cpu")


def test_a_pack_is_one_export_and_a_graph_a_call():
    found = programs(*TEXTS)
    assert len({id(program.whole) for program in found}) == 1
    for text, program in zip(TEXTS, found, strict=True):
        call = parse_case(text).call
        args, kwargs = build_case(call, "cpu")
        wanted = resolve(call.operator)(*args, **kwargs)
        sizes = [one.size() for one in (wanted if isinstance(wanted, list) else [wanted])]
        assert [one.size() for one in run_graph(program.graph, program.inputs)] == sizes
        called = [str(node.target) for node in program.graph.graph.nodes if "aten" in str(node.target)]
        assert called == [call.operator]


def test_inputs_lie_as_the_case_says():
    (program,) = programs("module(aten.alias.default(float32[2,3]:[1,5]+4@20))")
    (given,) = program.inputs
    assert (given.stride(), given.storage_offset(), given.untyped_storage().nbytes()) == ((1, 5), 4, 80)


def test_a_call_that_export_cannot_trace_leaves_the_others_be():
    good, bad = programs(
        "module(aten.t.default(float32[3,4]))", "module(aten.narrow.Tensor(int8[2], 0, int64[]{0}, 1))"
    )
    assert good.error is None
    assert bad.graph is None
    assert bad.error is not None


def test_what_a_pass_does_to_a_fresh_graph_stays_there():
    (program,) = programs("module(cond)")
    before = portrait(program.fresh())
    fresh = program.fresh()
    for module in (fresh, *[one for name, one in fresh.named_children() if name]):
        for node in module.graph.nodes:
            node.meta.clear()
            node.name = f"{node.name}_spoiled"
    assert portrait(program.fresh()) == before
    assert portrait(fresh) != before


def test_edits_and_forbidden_inputs_of_a_named_module():
    (program,) = programs("module(range)")
    assert any("sym_constrain_range" in str(node.target) for node in program.graph.graph.nodes)
    with pytest.raises(RuntimeError):
        run_graph(program.graph, program.forbidden[0])
    assert torch.equal(run_graph(program.graph, program.inputs)[0], program.inputs[0] + 3)
