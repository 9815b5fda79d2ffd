"""The nodes' fake values (`meta["val"]`), computed again where an operator or an operand's layout has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._dispatch.python import enable_python_dispatcher
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx import GraphModule, Node
from torch.utils import _pytree as pytree

from viewproof_reference.replacements.graphs.copying import attribute


def revalued(module: GraphModule, changed: set[Node]) -> None:
    """Set new values for the nodes `changed`, and for later ones whose operands have another layout now.

    Sizes and dtypes stay the same, since a copy of a view has the view's. So a node that makes new symbols from data
    (`nonzero`, `item`) keeps its value, and nodes without a value get none. Without a fake mode nothing is done.
    """
    mode = _mode_of(module)
    if mode is None:
        return
    moved = set(changed)
    with _quiet(mode):
        for node in module.graph.nodes:
            if node.op != "call_function" or "val" not in node.meta or "unbacked_bindings" in node.meta:
                continue
            if node not in moved and moved.isdisjoint(node.all_input_nodes):
                continue
            old = node.meta["val"]
            args, kwargs = torch.fx.map_arg((node.args, node.kwargs), lambda one: _value(module, one, mode))
            new = node.target(*args, **kwargs)
            if node in changed or layouts(new) != layouts(old):
                node.meta["val"] = new
                moved.add(node)
                if "tensor_meta" in node.meta:
                    node.meta["tensor_meta"] = _tensor_meta(new)


def fake_mode(module: GraphModule) -> FakeTensorMode | None:
    """The fake mode of a module's values; None where it has none."""
    return _mode_of(module)


def layouts(value: Any) -> str:
    """The layout of every tensor of a value, as text: symbols stay symbols, so that no guard is added."""
    found = []
    for one in pytree.tree_leaves(value):
        if isinstance(one, torch.Tensor) and one.layout is torch.strided:
            size = one.untyped_storage().nbytes()
            found.append(f"{tuple(one.stride())}+{one.storage_offset()}@{size} {one.is_conj()} {one.is_neg()}")
        else:
            found.append(type(one).__name__)
    return "; ".join(found)


def _mode_of(module: GraphModule) -> FakeTensorMode | None:
    for node in module.graph.nodes:
        for one in pytree.tree_leaves(node.meta.get("val")):
            if isinstance(one, FakeTensor):
                return one.fake_mode
    return None


def _value(module: GraphModule, node: Node, mode: FakeTensorMode) -> Any:
    if node.op == "get_attr":
        held = attribute(module, str(node.target))
        return mode.from_tensor(held, static_shapes=True) if isinstance(held, torch.Tensor) else held
    return node.meta["val"]


@contextmanager
def _quiet(mode: FakeTensorMode) -> Iterator[None]:
    # Without gradients, which complex copies do not have: only the layout is needed.
    allowed = mode.allow_non_fake_inputs
    mode.allow_non_fake_inputs = True
    try:
        with torch.no_grad(), mode, enable_python_dispatcher():
            yield
    finally:
        mode.allow_non_fake_inputs = allowed


def _tensor_meta(value: Any) -> Any:
    from torch.fx.passes.shape_prop import _extract_tensor_metadata

    return pytree.tree_map_only(torch.Tensor, _extract_tensor_metadata, value)
