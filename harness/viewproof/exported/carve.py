"""Cuts one call's part out of an exported pack as a graph of its own: placeholders, outputs, and what these need."""

from __future__ import annotations

from torch.fx import Graph, GraphModule, Node
from torch.fx.node import map_arg


def carved(module: GraphModule, taken: tuple[int, int] | None, returned: tuple[int, int] | None) -> GraphModule:
    """The graph of the placeholders `taken` and the outputs `returned` (each start and end; None for all of them).

    Nodes keep their names and their metadata. Where all is taken, nodes that no output needs are kept too.
    """
    placeholders = [node for node in module.graph.nodes if node.op == "placeholder"]
    chosen = set(placeholders if taken is None else placeholders[slice(*taken)])
    outputs = module.graph.output_node()
    results = outputs.args[0]
    if returned is None:
        kept = set(module.graph.nodes)
    else:
        assert isinstance(results, (list, tuple))
        results = type(results)(results[slice(*returned)])
        kept = chosen | _needed([one for one in results if isinstance(one, Node)])
    graph = Graph()
    became: dict[Node, Node] = {}
    for node in module.graph.nodes:
        if node in kept and node is not outputs:
            became[node] = graph.node_copy(node, became.__getitem__)
            # A name that Python knows too (`input`) is changed on the way, and exported programs have such names.
            became[node].name = node.name
    end = graph.create_node("output", "output", (map_arg(results, became.__getitem__),), name=outputs.name)
    end.meta = dict(outputs.meta)
    made = GraphModule(module, graph)
    made.meta = dict(module.meta)
    for node in graph.nodes:
        inner = getattr(made, str(node.target), None) if node.op == "get_attr" else None
        if isinstance(inner, GraphModule):
            # Inner graphs are copied too: a change of the copy must not change the original.
            setattr(made, str(node.target), carved(inner, None, None))
    return made


def _needed(wanted: list[Node]) -> set[Node]:
    found: set[Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found
