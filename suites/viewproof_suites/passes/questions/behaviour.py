"""Questions on what a pass's result computes: on the program's inputs, on inputs of other layouts, and at each node."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import Interpreter, Node

from viewproof_suites.passes.questions.kept import pairs
from viewproof_suites.passes.trial import Trial, difference, raised, run_graph, spared


class NodeRaised(Exception):
    """What a node of a graph raised when it was run."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class GraphWatch(Interpreter):
    """Runs a graph and keeps what each node returned, and which copies are on an operand's storage."""

    def __init__(self, module: Any) -> None:
        super().__init__(module, garbage_collect_values=False)
        self.values: dict[str, Any] = {}
        self.sharing: list[str] = []
        self.error: Exception | None = None

    def run_node(self, n: Node) -> Any:
        """The node's value, which is also kept."""
        try:
            found = super().run_node(n)
        except Exception as error:
            raise NodeRaised(error) from error
        self.values[n.name] = found
        if isinstance(n.target, torch._ops.OpOverload) and n.target._opname.endswith("_copy"):
            leaves = torch.utils._pytree.tree_leaves
            operands = [self.values[one.name] for one in n.all_input_nodes]
            taken = [one.untyped_storage()._cdata for one in leaves(operands) if has_storage(one)]
            for one in leaves(found):
                if has_storage(one):
                    if one.untyped_storage()._cdata in taken:
                        self.sharing.append(str(n.target))
                    taken.append(one.untyped_storage()._cdata)
        return found


def has_storage(value: Any) -> bool:
    """Whether a value is a tensor on one storage."""
    return isinstance(value, torch.Tensor) and value.layout is torch.strided and not value.is_nested


def watched(module: Any, inputs: list[Any]) -> GraphWatch:
    """A run of the graph with its values kept, up to the node that raises (which `ask_values` reports)."""
    run = GraphWatch(module)
    try:
        with torch.no_grad():
            run.run(*spared(module, inputs))
    except NodeRaised as stopped:
        run.error = stopped.error
    return run


def ask_values(trial: Trial) -> str:
    """Whether the result runs, and gives the program's values."""
    try:
        wanted = run_graph(trial.before, trial.inputs)
    except Exception as error:  # noqa: BLE001  what a program raises is evidence
        return f"the program itself {raised(error)}"
    try:
        got = run_graph(trial.after, trial.inputs)
    except Exception as error:  # noqa: BLE001  what a program raises is evidence
        return raised(error)
    return difference(wanted, got, trial.exact) or "the program's"


def ask_layouts(trial: Trial) -> str:
    """Whether the result, on inputs of the same sizes in other layouts, gives the program's values or refuses."""
    for way in ("permuted", "stepped", "offset"):
        try:
            inputs = [laid(one, way) for one in trial.inputs]
            try:
                wanted = run_graph(trial.before, inputs)
            except RuntimeError:
                # The program itself refuses this layout: its values on its own inputs are wanted.
                wanted = run_graph(trial.before, trial.inputs)
        except Exception as error:  # noqa: BLE001  what a program raises is evidence
            return f"{way}: the program itself {raised(error)}"
        try:
            got = run_graph(trial.after, inputs)
        except RuntimeError:
            continue
        except Exception as error:  # noqa: BLE001  what a program raises is evidence
            return f"{way}: {raised(error)}"
        differs = difference(wanted, got, trial.exact)
        if differs:
            return f"{way}: {differs}"
    return "the program's, or refused"


def laid(value: Any, way: str) -> Any:
    """A tensor of the same size and values in another layout; anything but a plain tensor is returned as it is."""
    if not has_storage(value) or value.is_conj() or value.is_neg():
        return value
    size, steps = value.size(), 1
    stride = [0] * value.dim()
    # Column-major where permuted, else row-major; where stepped, every stride is doubled.
    order = range(value.dim()) if way == "permuted" else reversed(range(value.dim()))
    for place in order:
        stride[place] = steps * (2 if way == "stepped" else 1)
        steps *= max(size[place], 1)
    offset = 3 if way == "offset" else 0
    room = offset + 1 + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True) if extent)
    flat = torch.zeros(room, dtype=value.dtype, device=value.device)
    with torch.no_grad():
        return torch.as_strided(flat, size, stride, offset).copy_(value)


def ask_fresh(trial: Trial) -> str:
    """The copies whose results are on a storage of their operands', or on one another's."""
    return " ".join(watched(trial.after, trial.inputs).sharing) or "none"


def ask_vals(trial: Trial) -> str:
    """The first node whose `meta["val"]` has another size, dtype, stride or offset than its value since the pass."""
    untrue = dict(untruths(trial.before, trial.inputs))
    origin = {other.name: one.name for one, other in pairs(trial) or []}
    for name, said in untruths(trial.after, trial.inputs):
        if origin.get(name) not in untrue:
            return said
    return "true"


def untruths(module: Any, inputs: list[Any]) -> list[tuple[str, str]]:
    """The nodes whose `val` differs from what they return, each with the difference. Symbols are not compared."""
    values = watched(module, inputs).values
    found = []
    leaves = torch.utils._pytree.tree_leaves
    for node in module.graph.nodes:
        if node.op != "call_function" or "val" not in node.meta or node.name not in values:
            continue
        for said, real in zip(leaves(node.meta["val"]), leaves(values[node.name])):  # noqa: B905  None where nothing is
            if has_storage(said) and has_storage(real):
                numbers = (*said.size(), *said.stride(), said.storage_offset())
                if all(isinstance(one, int) for one in numbers) and layout_words(said) != layout_words(real):
                    found.append((node.name, f"{node.target}: {layout_words(said)}, and it is {layout_words(real)}"))
    return found


def layout_words(tensor: torch.Tensor) -> str:
    """Size, stride (of dimensions that an element depends on), offset and dtype of a tensor."""
    size = tuple(tensor.size())
    pairs = zip(size, tensor.stride(), strict=True)
    stride = () if 0 in size else tuple([step if extent != 1 else None for extent, step in pairs])
    return f"{tensor.dtype} {size} {stride}+{tensor.storage_offset()}"
