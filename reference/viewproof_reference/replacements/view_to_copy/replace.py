"""The pass: every view call becomes its copy variant's, in the graph and in the graphs of higher-order operators."""

from __future__ import annotations

from dataclasses import dataclass

from torch._ops import OpOverload
from torch.fx import GraphModule, Node
from torch.fx.passes.infra.pass_base import PassResult

from viewproof_reference.replacements.graphs import copied, inner_graphs, refreshed, revalued
from viewproof_reference.replacements.graphs.values import layouts
from viewproof_reference.replacements.view_to_copy.hazards import refuse_readers, refuse_writes
from viewproof_reference.replacements.view_to_copy.variant import copy_of, is_view


@dataclass(frozen=True, slots=True)
class ViewToCopy:
    """Replaces view operators with copies. Has no state: one object serves any number of modules.

    Higher-order operators stay, and their graphs are treated like the outer one. Each node keeps its name and its
    metadata; `val`, and `tensor_meta` where it is there, say what the copies and the calls below them return now. The
    module that is given is never changed. Where there is no view in it, it is itself the result, and unmodified.

    Raises NoCopyVariant for a view that has none, HiddenWrite and LayoutReader where the copies would change what the
    program computes; each names the call.
    """

    def __call__(self, module: GraphModule) -> PassResult:
        """The module without views, and whether it is a new one."""
        inner: dict[str, GraphModule] = {}
        for path, graph in inner_graphs(module).items():
            result = self(graph)
            if result.modified:
                inner[path] = result.graph_module
        views = [node for node in module.graph.nodes if isinstance(node.target, OpOverload) and is_view(node.target)]
        if not views and not inner:
            return PassResult(module, False)
        copies = {node: copy_of(_overload(node)) for node in views}
        refuse_writes(module.graph, views)
        made, became = copied(module, inner)
        for node, copy in copies.items():
            became[node].target = copy
        before = {became[node]: layouts(node.meta["val"]) for node in module.graph.nodes if "val" in node.meta}
        revalued(made, {became[node] for node in views} | _calling(made, inner))
        refuse_readers(made.graph, before)
        return PassResult(refreshed(made), True)


def _overload(node: Node) -> OpOverload:
    assert isinstance(node.target, OpOverload)
    return node.target


def _calling(module: GraphModule, inner: dict[str, GraphModule]) -> set[Node]:
    """The calls that take one of the graphs `inner`: the layouts of their results may have changed."""
    named = [node for node in module.graph.nodes if node.op == "get_attr" and str(node.target) in inner]
    return {user for node in named for user in node.users}
