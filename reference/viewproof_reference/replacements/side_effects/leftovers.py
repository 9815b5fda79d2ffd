"""What the pass leaves: effects that it knows no function for, and effects in the graphs of higher-order operators.

Torch's aten has functional forms of two more (`_assert_scalar`, `sym_constrain_range_for_size`); its pass leaves both,
and so does this one. What is left is a call of no output that nothing may remove, and its order is the graph's order.
A graph inside could only hand a token out as a further output of the operator that runs it, in all its branches.
"""

from __future__ import annotations

from torch._ops import OpOverload
from torch.fx import GraphModule

from viewproof_reference.replacements.graphs import inner_graphs
from viewproof_reference.replacements.side_effects.chain import FUNCTIONAL

_LEFT = frozenset({
    "aten::_assert_scalar", "aten::_assert_async", "aten::_assert_tensor_metadata", "aten::_print",
    "aten::sym_constrain_range_for_size", "aten::sym_constrain_range",
})  # fmt: skip


def left_out(module: GraphModule) -> list[str]:
    """The effects that the pass leaves in place, in order: `operator`, or `graph: operator` inside a graph."""
    found: list[str] = []
    inner = inner_graphs(module)
    for node in module.graph.nodes:
        if isinstance(node.target, OpOverload) and node.target._schema.name in _LEFT:
            if node.target not in FUNCTIONAL:
                found.append(str(node.target))
        elif node.op == "get_attr" and node.target in inner:
            found += [f"{node.target}: {effect}" for effect in _effects(inner[str(node.target)])]
    return found


def _effects(module: GraphModule) -> list[str]:
    inner = inner_graphs(module)
    found = [
        str(node.target)
        for node in module.graph.nodes
        if isinstance(node.target, OpOverload) and node.target._schema.name in _LEFT
    ]
    return found + [effect for graph in inner.values() for effect in _effects(graph)]
