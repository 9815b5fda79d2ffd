"""Where a copy in a view's place would change what a program computes: a write through the view, a look at a layout.

Both are outside what the pass is for (its graphs are functional, and compute with values). A graph with one of them
still runs after a blind replacement, and gives other values: so it is refused, and the refusal names the call.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch._ops import OpOverload
from torch.fx import Graph, Node

from viewproof_reference.replacements.graphs.values import layouts

#: Operators whose result depends on where the operand's elements lie, and on more than their values.
READERS = frozenset({
    "as_strided", "as_strided_copy", "as_strided_scatter", "stride", "sym_stride", "storage_offset",
    "sym_storage_offset", "is_contiguous", "sym_is_contiguous", "is_non_overlapping_and_dense",
})  # fmt: skip


class HiddenWrite(ValueError):
    """An operator writes to what a view shares: once the view is a copy, the write is lost to one of the two."""


class LayoutReader(ValueError):
    """An operator asks where the elements of a view lie: once the view is a copy, they lie elsewhere."""


def refuse_writes(graph: Graph, views: Iterable[Node]) -> None:
    """Raise HiddenWrite where a call writes to a tensor that one of the calls `views` aliases, before it or after."""
    roots: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        while (parent := roots.get(node, node)) is not node:
            node = parent
        return node

    written: list[tuple[Node, Node]] = []
    replaced = set(views)
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        for operand, writes in _aliased(node, node in replaced):
            roots[root(node)] = root(operand)
            if writes:
                written.append((node, operand))
    shared = {root(view): view for view in replaced}
    for node, operand in written:
        view = shared.get(root(operand))
        if view is not None:
            raise HiddenWrite(f"{node.target} at {node.name}: wanted no write to what {view.name} shares, got one")


def _aliased(node: Node, replaced: bool) -> list[tuple[Node, bool]]:
    """The operands that a call's result lies on, or that it writes, each with whether it is written."""
    first = node.args[0] if node.args else None
    if not isinstance(node.target, OpOverload):
        # An element of a list of views is a view; all other functions compute numbers.
        return [(first, False)] if isinstance(first, Node) else []
    found: list[tuple[Node, bool]] = []
    # What changes its operand's metadata alone (`detach_`, `t_`) writes no element.
    metadata = torch.Tag.inplace_view in node.target.tags
    for index, argument in enumerate(node.target._schema.arguments):
        given = node.args[index] if index < len(node.args) else node.kwargs.get(argument.name)
        alias = argument.alias_info
        if alias is not None or (replaced and index == 0):
            writes = alias is not None and alias.is_write and not metadata
            found += [(one, writes) for one in _nodes(given)]
    return found


def _nodes(given: object) -> list[Node]:
    if isinstance(given, Node):
        return [given]
    return [one for one in given if isinstance(one, Node)] if isinstance(given, (list, tuple)) else []


def refuse_readers(graph: Graph, before: dict[Node, str]) -> None:
    """Raise LayoutReader where a call reads the layout of an operand that lies otherwise than `before` said."""
    for node in graph.nodes:
        if not isinstance(node.target, OpOverload) or node.target._opname not in READERS or not node.args:
            continue
        operand = node.args[0]
        if isinstance(operand, Node) and operand in before and layouts(operand.meta.get("val")) != before[operand]:
            raise LayoutReader(
                f"{node.target} at {node.name}: wanted an operand that lies as it did, got {operand.name}, a copy"
            )
