"""Copies of graph modules: nodes, names and metadata are the copy's own, parameters and constants are shared."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from torch.fx import Graph, GraphModule, Node


def inner_graphs(module: GraphModule) -> dict[str, GraphModule]:
    """The graph modules that the graph names (a branch, a loop's body), by their attribute's path."""
    found: dict[str, GraphModule] = {}
    for node in module.graph.nodes:
        if node.op in ("get_attr", "call_module"):
            inner = attribute(module, str(node.target))
            if isinstance(inner, GraphModule):
                found[str(node.target)] = inner
    return found


def attribute(module: GraphModule, path: str) -> object:
    """The object at a dotted attribute path. Raises AttributeError where there is none."""
    found: object = module
    for part in path.split("."):
        found = getattr(found, part)
    return found


def copied(module: GraphModule, inner: Mapping[str, GraphModule]) -> tuple[GraphModule, dict[Node, Node]]:
    """A module with a graph of its own, and which node became which. `inner` replaces graphs inside, by path.

    Every node keeps its name, type and metadata; the metadata's dictionaries are copies, their values are not.
    """
    graph = Graph()
    graph.set_codegen(copy.copy(module.graph._codegen))
    became: dict[Node, Node] = {}
    for node in module.graph.nodes:
        became[node] = graph.node_copy(node, became.__getitem__)
        # Copying renames a node whose name is a Python builtin (`input`), and exported programs have such names.
        became[node].name = node.name
    made = GraphModule(module, graph, type(module).__name__)
    made.meta = dict(module.meta)
    made.training = module.training
    for path, other in inner.items():
        owner, _, name = path.rpartition(".")
        setattr(made.get_submodule(owner), name, other)
    return made, became


def refreshed(module: GraphModule) -> GraphModule:
    """The module, after its graph was checked and its code generated again."""
    module.graph.lint()
    module.recompile()
    return module
