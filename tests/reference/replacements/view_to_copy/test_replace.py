"""The view pass on graphs made by hand: what it replaces, keeps, refuses, and what the values say afterwards."""

import operator

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import Graph, GraphModule

from viewproof_reference.replacements.view_to_copy import NoCopyVariant, ViewToCopy, copy_of, is_view
from viewproof_reference.replacements.view_to_copy.hazards import HiddenWrite, LayoutReader

aten = torch.ops.aten


def graph_of(*steps, size=(3, 4), inner=None):
    """A graph of one input: each step is (overload, arguments after the value before it)."""
    graph, mode = Graph(), FakeTensorMode()
    node = graph.placeholder("x")
    node.meta["val"] = value = mode.from_tensor(torch.zeros(size))
    for place, (target, *args) in enumerate(steps):
        node = graph.call_function(target, (node, *args))
        value = target(value, *args)
        node.meta |= {"val": value, "stack_trace": f"line {place}"}
    graph.output((node,))
    return GraphModule(inner or {}, graph)


def targets(module):
    return [str(node.target) for node in module.graph.nodes if node.op == "call_function"]


def test_views_become_copies_and_everything_else_stays():
    before = graph_of((aten.t.default,), (aten.clone.default,), (aten._unsafe_view.default, [3, 4]), size=(4, 3))
    text = str(before.graph)
    result = ViewToCopy()(before)
    assert result.modified
    assert targets(result.graph_module) == ["aten.t_copy.default", "aten.clone.default", "aten.view_copy.default"]
    assert [node.name for node in result.graph_module.graph.nodes] == [node.name for node in before.graph.nodes]
    assert [node.meta.get("stack_trace") for node in result.graph_module.graph.nodes][1:4] == [
        "line 0", "line 1", "line 2",
    ]  # fmt: skip
    assert str(before.graph) == text


def test_the_values_say_how_copies_and_what_follows_them_lie():
    made = ViewToCopy()(graph_of((aten.t.default,), (aten.relu.default,), size=(3, 4))).graph_module
    assert [node.meta["val"].stride() for node in made.graph.nodes if node.op == "call_function"] == [(3, 1), (3, 1)]


def test_nothing_to_do_is_the_very_module():
    module = graph_of((aten.relu.default,))
    result = ViewToCopy()(module)
    assert result.graph_module is module
    assert not result.modified
    assert ViewToCopy()(ViewToCopy()(graph_of((aten.t.default,))).graph_module).modified is False


def test_a_list_of_views_becomes_a_list_of_copies():
    graph = Graph()
    both = graph.call_function(aten.split.Tensor, (graph.placeholder("x"), 2, 1))
    graph.output((graph.call_function(operator.getitem, (both, 1)),))
    made = ViewToCopy()(GraphModule({}, graph)).graph_module
    x = torch.arange(12).reshape(3, 4)
    (found,) = made(x)
    assert torch.equal(found, x[:, 2:])
    assert found.untyped_storage().data_ptr() != x.untyped_storage().data_ptr()


def test_graphs_inside_are_treated_and_the_given_ones_kept():
    inner = graph_of((aten.t.default,))
    graph = Graph()
    x = graph.placeholder("x")
    branch = graph.get_attr("branch")
    graph.output((graph.call_function(torch.ops.higher_order.cond, (True, branch, branch, (x,))),))
    module = GraphModule({"branch": inner}, graph)
    made = ViewToCopy()(module).graph_module
    assert targets(made.branch) == ["aten.t_copy.default"]
    assert targets(module.branch) == ["aten.t.default"]


def test_a_view_without_a_copy_is_refused_by_name():
    with pytest.raises(NoCopyVariant, match=r"aten\.reshape\.default: wanted a view with a copy variant"):
        ViewToCopy()(graph_of((aten.t.default,), (aten.reshape.default, [12])))


def test_a_write_through_a_view_is_refused_by_name():
    graph = Graph()
    x = graph.placeholder("x")
    view = graph.call_function(aten.select.int, (x, 0, 0))
    graph.call_function(aten.add_.Tensor, (view, 1))
    graph.output((x,))
    with pytest.raises(HiddenWrite, match=r"aten\.add_\.Tensor at add__tensor: .* select_int shares"):
        ViewToCopy()(GraphModule({}, graph))


def test_a_write_to_something_else_is_none_of_its_business():
    graph = Graph()
    x, y = graph.placeholder("x"), graph.placeholder("y")
    graph.call_function(aten.add_.Tensor, (y, 1))
    graph.output((graph.call_function(aten.t.default, (x,)),))
    assert targets(ViewToCopy()(GraphModule({}, graph)).graph_module) == ["aten.add_.Tensor", "aten.t_copy.default"]


def test_a_look_at_the_layout_of_a_view_is_refused_by_name():
    with pytest.raises(LayoutReader, match=r"as_strided_copy\.default at as_strided"):
        ViewToCopy()(graph_of((aten.slice.Tensor, 0, 1), (aten.as_strided.default, [2], [1], 0)))
    assert ViewToCopy()(graph_of((aten.as_strided.default, [2], [1], 0))).modified


@pytest.mark.parametrize(
    ("view", "copy"),
    [
        (aten.slice.Tensor, aten.slice_copy.Tensor),
        (aten.view.dtype, aten.view_copy.dtype),
        (aten.split_with_sizes.default, aten.split_with_sizes_copy.default),
        (aten.lift_fresh.default, aten.lift_fresh_copy.default),
    ],
)
def test_the_copy_has_the_overload_of_the_view(view, copy):
    assert is_view(view)
    assert copy_of(view) is copy


@pytest.mark.parametrize("other", [aten.add.Tensor, aten.add_.Tensor, aten.t_copy.default, aten.t_.default])
def test_what_writes_or_copies_is_no_view(other):
    assert not is_view(other)


def test_views_of_other_namespaces_are_left():
    assert not is_view(torch.ops.prims.transpose.default)
