"""One pass tried on one graph: what it was given, what it returned, and what it returned of its own result.

This file and those of questions/ depend on torch and each other alone: `repro` copies their text into scripts.
"""

from __future__ import annotations

import copy
import ctypes
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.fx import GraphModule


class Trial:
    """A pass, applied once to `before`, by an object that `make` makes.

    `inputs` are the graph's inputs, in the order of its placeholders; `forbidden` are others, which an assertion of the
    graph forbids. `other` makes the other one of the two passes. `exact` is False where values may be rounded
    differently, within the tolerance that torch.testing has for float32. `error` is what the pass raised; where it is
    None, `after` is the graph module that it returned and `modified` whether it says so.
    """

    def __init__(
        self,
        before: GraphModule,
        make: Callable[[], Any],
        inputs: list[Any],
        forbidden: list[list[Any]] | None = None,
        other: Callable[[], Any] | None = None,
        *,
        exact: bool = True,
    ) -> None:
        self.before = before
        self.make = make
        self.inputs = inputs
        self.forbidden = forbidden or []
        self.other = other
        self.exact = exact
        self.portrait = portrait(before)
        self.error: Exception | None = None
        self.after = before
        self.modified = False
        try:
            result = make()(before)
            self.after, self.modified = graph_of(result), bool(result.modified)
        except Exception as error:  # noqa: BLE001  what a pass raises is evidence
            self.error = error


def graph_of(result: Any) -> GraphModule:
    """The graph module in what a pass returned. Raises TypeError where there is none, or one without an end."""
    found = getattr(result, "graph_module", None)
    if not isinstance(found, GraphModule):
        raise TypeError(f"pass: wanted a result with a graph module, got {type(result).__name__}")
    if not any(node.op == "output" for node in found.graph.nodes):
        raise TypeError("pass: wanted a graph with an output, got none")
    return found


def raised(error: Exception) -> str:
    """An exception in one line: its class and the first line of its text, which may be empty."""
    return f"raises {type(error).__name__}: {(str(error).splitlines() or [''])[0][:120]}"


def portrait(module: GraphModule) -> str:
    """All that a pass could change in a module in place, as text, to compare before and after."""
    lines = [f"training {module.training}", module.code]
    for node in module.graph.nodes:
        said = {key: value if isinstance(value, (str, int)) else id(value) for key, value in node.meta.items()}
        lines.append(f"{node.format_node()} {node.args} {node.kwargs} {said}")
    for name, inner in module.named_children():
        lines.append(f"{name}: {portrait(inner) if isinstance(inner, GraphModule) else id(inner)}")
    return "\n".join(lines)


def spared(module: GraphModule, inputs: list[Any]) -> list[Any]:
    """The inputs, or copies of them if a call in the graph writes."""
    writes = any(
        isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable for node in module.graph.nodes
    )
    return copy.deepcopy(inputs) if writes else inputs


def run_graph(module: GraphModule, inputs: list[Any]) -> list[Any]:
    """The outputs of a graph, flat. Raises what the graph raises."""
    with torch.no_grad():
        return list(torch.utils._pytree.tree_leaves(module(*spared(module, inputs))))


def difference(wanted: list[Any], got: list[Any], exact: bool = True) -> str:
    """How the first outputs of `got` differ from `wanted`, bit for bit or within tolerance; empty if they do not."""
    if len(got) < len(wanted):
        return f"{len(got)} outputs, not {len(wanted)}"
    for place, (one, other) in enumerate(zip(wanted, got)):  # noqa: B905  an additional output may follow
        if not isinstance(one, torch.Tensor) or not isinstance(other, torch.Tensor):
            if isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor) or one != other:
                return f"output {place} is {shown(other)}, not {shown(one)}"
            continue
        if (one.size(), one.dtype) != (other.size(), other.dtype):
            return f"output {place} is {other.dtype} {tuple(other.size())}, not {one.dtype} {tuple(one.size())}"
        if (one.layout, one.device) != (other.layout, other.device):
            return f"output {place} is {other.layout} on {other.device}, not {one.layout} on {one.device}"
        if content(one) != content(other) and (exact or not near(one, other)):
            return f"output {place} holds other values"
    return ""


def shown(value: Any) -> str:
    """An output in one line: a tensor by its dtype and size."""
    return f"{value.dtype} {tuple(value.size())}" if isinstance(value, torch.Tensor) else str(value)


def near(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors of one size and dtype are as near as torch.testing asks of float32; NaN stands by NaN."""
    if one.layout is not torch.strided or one.dtype not in (torch.float32, torch.float64):
        return False
    sides = [memoryview(bytes(content(side))).cast("f" if one.dtype is torch.float32 else "d") for side in (one, other)]
    return all(
        a == b
        or (math.isnan(a) and math.isnan(b))
        or (math.isfinite(a) and math.isfinite(b) and abs(a - b) <= 1e-5 + 1.3e-6 * abs(b))
        for a, b in zip(*sides, strict=True)
    )


def content(tensor: torch.Tensor) -> Any:
    """The elements of a tensor, row-major, as bytes, read where they lie; those below a lazy bit are resolved.

    Where torch cannot resolve the bit, the bytes below it, and that there is one.
    """
    if tensor.layout is torch.sparse_coo:
        return content(tensor._indices()), content(tensor._values())
    if tensor.is_nested or tensor.layout is not torch.strided:
        return str(tensor)
    storage, width = tensor.untyped_storage(), tensor.element_size()
    if tensor.device.type != "cpu" or (storage.nbytes() and not storage.data_ptr()):
        return f"no bytes on {tensor.device}"
    held = ctypes.string_at(storage.data_ptr(), storage.nbytes()) if storage.nbytes() else b""
    places = [int(tensor.storage_offset())]
    if tensor.is_contiguous() and not (tensor.is_conj() or tensor.is_neg()):
        return held[places[0] * width : (places[0] + tensor.numel()) * width]
    for extent, step in zip(tensor.size(), tensor.stride(), strict=True):
        places = [place + number * step for place in places for number in range(extent)]
    cells = [held[place * width : (place + 1) * width] for place in places]
    if tensor.is_neg() and (tensor.dtype is torch.bool or (tensor.is_floating_point() and width == 1)):
        return "negated", b"".join(cells)
    if tensor.is_complex():
        half = width // 2
        flips = tensor.is_neg(), tensor.is_neg() is not tensor.is_conj()
        parts = [(part, flip) for cell in cells for part, flip in zip((cell[:half], cell[half:]), flips, strict=True)]
        return b"".join([minus(part) if flip else part for part, flip in parts])
    if not tensor.is_neg():
        return b"".join(cells)
    if tensor.is_floating_point():
        return b"".join(map(minus, cells))
    numbers = [-int.from_bytes(cell, "little") % (1 << (8 * width)) for cell in cells]
    return b"".join([number.to_bytes(width, "little") for number in numbers])


def minus(cell: bytes) -> bytes:
    """The bytes of minus a float: its top bit, the last byte's, is the other one."""
    return cell[:-1] + bytes([cell[-1] ^ 0x80])
