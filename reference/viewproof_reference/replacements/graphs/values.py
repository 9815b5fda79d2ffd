"""What each node is worth (`meta["val"]`), worked out again where an operator or a layout above it has changed."""

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
    """Give the nodes `changed`, and those below them whose operands have another layout now, their new values.

    Sizes and dtypes stay what they were: a copy of a view has the view's. So a node that makes symbols of its own from
    data (`nonzero`, `item`) keeps its value, as does all that has none. A module without fake values stays without.
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
    """The layout of every tensor of a value, in words: symbols stay symbols, so that asking adds no guard."""
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
    # Without gradients: a complex copy has none, and what is asked here is a layout.
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
