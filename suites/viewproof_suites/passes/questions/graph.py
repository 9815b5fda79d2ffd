"""Questions on the graph that a pass returns: its calls up to names, and the views that are left in it."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import GraphModule, Node

from viewproof_suites.passes.trial import Trial, graph_of, raised


def named_by(module: GraphModule, path: str) -> Any:
    """The object at an attribute path of a graph's module; None where there is none."""
    found: Any = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def graphs_of(module: GraphModule) -> list[GraphModule]:
    """The graphs that a module's graph names, in order, each followed by those that it names itself."""
    found: list[GraphModule] = []
    for node in module.graph.nodes:
        if node.op == "get_attr":
            inner = named_by(module, str(node.target))
            if isinstance(inner, GraphModule):
                found += [inner, *graphs_of(inner)]
    return found


def graph_text(module: GraphModule) -> str:
    """The graph as text, one line a node: nodes and inner graphs by number, overloads in place of packets."""
    numbers: dict[Node, int] = {}
    lines: list[str] = []

    def word(value: Any) -> str:
        if isinstance(value, Node):
            return f"%{numbers[value]}"
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(word(one) for one in value)}]"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{key}={word(value[key])}' for key in sorted(value))}}}"
        return repr(value)

    for node in module.graph.nodes:
        target = str(node.target)
        if node.op == "get_attr" and isinstance(named_by(module, target), GraphModule):
            target = "a graph"
        if isinstance(node.target, torch._ops.OpOverloadPacket):
            target = f"{node.target}.default"
        said = f"{target}({word(node.args)}, {word(node.kwargs)})"
        numbers[node] = len(numbers)
        lines.append(f"%{numbers[node]} {node.op} {said}")
    return "\n".join(lines)


def view_names(module: GraphModule) -> list[str]:
    """The aten calls of a graph that alias their first argument and do not write it."""
    found = []
    for node in module.graph.nodes:
        if isinstance(node.target, torch._ops.OpOverload) and node.target.namespace == "aten":
            arguments = node.target._schema.arguments
            alias = arguments[0].alias_info if arguments else None
            if (alias is not None and not alias.is_write) or node.target is torch.ops.aten._unsafe_view.default:
                found.append(str(node.target))
    return found


def ask_refusal(trial: Trial) -> str:
    """Whether the pass accepts the graph; if not, which of its operators the error names."""
    if trial.error is None:
        return "accepted"
    text = str(trial.error).partition("\n")[0]
    # A schema spells its name with colons, and leaves `default` out.
    plain = text.replace("::", ".")
    for module in (trial.before, *graphs_of(trial.before)):
        for node in module.graph.nodes:
            if isinstance(node.target, torch._ops.OpOverload):
                name = str(node.target)
                packet = node.target._schema.name.replace("::", ".")
                spelled = (name, packet, f"{packet}_copy")
                if any(plain.startswith((f"{one} ", f"{one}:", f"{one}.")) for one in spelled):
                    return f"refused, naming {name}"
    return f"{type(trial.error).__name__}: {text[:120]}"


def ask_graph(trial: Trial) -> str:
    """The graph that the pass returns, up to names."""
    return graph_text(trial.after)


def ask_inner_graphs(trial: Trial) -> str:
    """The graphs inside it, up to names."""
    return "\n".join(graph_text(inner) for inner in graphs_of(trial.after))


def ask_copies(trial: Trial) -> str:
    """The overloads that the result calls and the graph before did not; `not called` where that calls no view."""
    if not view_names(trial.before):
        return "not called"
    before = {str(node.target) for node in trial.before.graph.nodes if node.op == "call_function"}
    after = {str(node.target) for node in trial.after.graph.nodes if node.op == "call_function"}
    return " ".join(sorted(after - before)) or "none"


def ask_views(trial: Trial) -> str:
    """The views that are left in the graph."""
    return " ".join(view_names(trial.after)) or "none"


def ask_inner_views(trial: Trial) -> str:
    """The views that are left in the graphs inside."""
    return " ".join(name for inner in graphs_of(trial.after) for name in view_names(inner)) or "none"


def ask_packets(trial: Trial) -> str:
    """The calls of the result that name no overload."""
    packets = [
        str(one.target) for one in trial.after.graph.nodes if isinstance(one.target, torch._ops.OpOverloadPacket)
    ]
    return " ".join(packets) or "none"


def ask_again(trial: Trial) -> str:
    """What a second application changes of the result."""
    try:
        second = graph_of(trial.make()(trial.after))
    except Exception as error:  # noqa: BLE001  what a pass raises is evidence
        return raised(error)
    before, after = graph_text(trial.after), graph_text(second)
    inner = [[graph_text(one) for one in graphs_of(module)] for module in (trial.after, second)]
    return "nothing" if before == after and inner[0] == inner[1] else "the graph"


def ask_modified(trial: Trial) -> str:
    """Whether the pass says modified exactly where it has changed something, also applied to its own result."""
    try:
        said = trial.make()(trial.after)
        graph = graph_of(said)
    except Exception as error:  # noqa: BLE001  what a pass raises is evidence
        return raised(error)
    found = []
    for when, word, one, other in (
        ("first", trial.modified, trial.before, trial.after),
        ("second", bool(said.modified), trial.after, graph),
    ):
        texts = [[graph_text(module), *(graph_text(inner) for inner in graphs_of(module))] for module in (one, other)]
        if word is not (texts[0] != texts[1]):
            found.append(
                f"{when} time {'modified' if word else 'unmodified'}, the graph {'alike' if word else 'unlike'}"
            )
    return "; ".join(found) or "as it is"


def ask_state(trial: Trial) -> str:
    """Whether a pass object that was used before gives what a new one gives, names included."""
    try:
        used = trial.make()
        used(trial.before)
        again = graph_of(used(trial.before))
    except Exception as error:  # noqa: BLE001  what a pass raises is evidence
        return raised(error)
    return "the same" if str(again.graph) == str(trial.after.graph) else "another graph"
