"""The side-effect pass on graphs made by hand: the chain, its names, its output, and what is left."""

import pytest
import torch
from torch.fx import Graph, GraphModule

from viewproof_reference.replacements.side_effects import SideEffectsToTokens
from viewproof_reference.replacements.side_effects.chain import NoRoomForToken

aten = torch.ops.aten


def graph_of(*effects, inputs=("x",), flat=True):
    graph = Graph()
    x, *_ = [graph.placeholder(name) for name in inputs]
    for target, *args in effects:
        graph.call_function(target, tuple(x if one is Ellipsis else one for one in args))
    graph.output((x,) if flat else {"x": x})
    return GraphModule({}, graph)


def lines(module):
    return [f"{node.name} = {node.target}" for node in module.graph.nodes if node.op == "call_function"]


def test_effects_are_chained_in_their_order():
    before = graph_of((aten._assert_async.msg, ..., "first"), (aten.sym_constrain_range.default, 3))
    text = str(before.graph)
    result = SideEffectsToTokens()(before)
    made = result.graph_module
    assert result.modified
    assert lines(made) == [
        "dep_token0 = aten._make_dep_token.default",
        "dep_token1 = aten._functional_assert_async.msg",
        "dep_token2 = aten._functional_sym_constrain_range.default",
    ]
    first, second = [node for node in made.graph.nodes if "_functional_" in str(node.target)]
    assert str(first.kwargs["dep_token"]) == "dep_token0"
    # Bounds that are left out have no default in the functional form.
    assert {key: str(said) for key, said in second.kwargs.items()} == {
        "min": "None", "max": "None", "dep_token": "dep_token1",
    }  # fmt: skip
    assert [str(one) for one in made.graph.output_node().args[0]] == ["x", "dep_token2"]
    assert str(before.graph) == text


def test_the_chain_runs_and_a_violated_assertion_raises():
    made = SideEffectsToTokens()(graph_of((aten._assert_async.msg, ..., "it is true"))).graph_module
    found, _ = made(torch.tensor(True))
    assert found
    with pytest.raises(RuntimeError, match="it is true"):
        made(torch.tensor(False))


def test_nothing_to_do_is_the_very_module_also_the_second_time():
    module = graph_of((aten._assert_async.default, ...))
    assert SideEffectsToTokens()(module).graph_module is module
    done = SideEffectsToTokens()(graph_of((aten._assert_async.msg, ..., "once"))).graph_module
    again = SideEffectsToTokens()(done)
    assert again.graph_module is done
    assert not again.modified


def test_an_object_used_twice_counts_from_zero():
    used = SideEffectsToTokens()
    module = graph_of((aten._assert_async.msg, ..., "again"))
    assert lines(used(module).graph_module) == lines(used(module).graph_module)


def test_a_name_that_is_taken_gets_a_number():
    made = SideEffectsToTokens()(graph_of((aten._assert_async.msg, ..., "taken"), inputs=("x", "dep_token0")))
    names = [node.name for node in made.graph_module.graph.nodes]
    assert len(set(names)) == len(names)
    assert names[1:3] == ["dep_token0", "dep_token0_1"]


def test_an_output_that_is_not_flat_is_refused():
    with pytest.raises(NoRoomForToken, match="wanted a list or a tuple, got"):
        SideEffectsToTokens()(graph_of((aten._assert_async.msg, ..., "flat"), flat=False))


def test_effects_without_a_functional_form_and_those_of_inner_graphs_are_left():
    inner = graph_of((aten._assert_async.msg, ..., "inside"))
    module = graph_of((aten._assert_async.default, ...), (aten._assert_scalar.default, True, "a number"))
    module.branch = inner
    with module.graph.inserting_before(module.graph.output_node()):
        module.graph.get_attr("branch")
    result = SideEffectsToTokens()(module)
    assert not result.modified
    assert [line.split()[-1] for line in lines(module)] == ["aten._assert_async.default", "aten._assert_scalar.default"]
    assert [line.split()[-1] for line in lines(result.graph_module.branch)] == ["aten._assert_async.msg"]
