"""Finds where a copy instead of a view would change a program's results: a write through the view, a read layout.

The pass is not meant for either, as its graphs are functional and compute with values. A graph with one of them would
still run after the replacement and give other values; so it is refused, and the refusal names the call.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch._ops import OpOverload
from torch.fx import Graph, Node

from viewproof_reference.replacements.graphs.values import layouts

#: Operators whose result depends on the operand's layout, and not on its elements' values alone.
READERS = frozenset({
    "as_strided", "as_strided_copy", "as_strided_scatter", "stride", "sym_stride", "storage_offset",
    "sym_storage_offset", "is_contiguous", "sym_is_contiguous", "is_non_overlapping_and_dense",
})  # fmt: skip


class HiddenWrite(ValueError):
    """An operator writes to a storage that a view shares: if the view becomes a copy, one of them misses the write."""


class LayoutReader(ValueError):
    """An operator reads the layout of a view: if the view becomes a copy, its layout is another."""


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
    """The operands that a call's result shares storage with or that it writes, each with whether it is written."""
    first = node.args[0] if node.args else None
    if not isinstance(node.target, OpOverload):
        # An element of a list of views is a view; no other plain function returns tensors.
        return [(first, False)] if isinstance(first, Node) else []
    found: list[tuple[Node, bool]] = []
    # Operators that change only their operand's metadata (`detach_`, `t_`) write no element.
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
    """Raise LayoutReader where a call reads the layout of an operand that differs from the one in `before`."""
    for node in graph.nodes:
        if not isinstance(node.target, OpOverload) or node.target._opname not in READERS or not node.args:
            continue
        operand = node.args[0]
        if isinstance(operand, Node) and operand in before and layouts(operand.meta.get("val")) != before[operand]:
            raise LayoutReader(
                f"{node.target} at {node.name}: wanted an operand that lies as it did, got {operand.name}, a copy"
            )
