"""Questions on assertions and ranges: the chain of tokens, those outside of it, and what a violated one does."""

from __future__ import annotations

from typing import Any

from torch.fx import GraphModule

from viewproof_suites.passes.questions.graph import graph_text, graphs_of
from viewproof_suites.passes.trial import Trial, graph_of, raised, run_graph


def effect_names(module: GraphModule) -> list[str]:
    """The calls of a graph that assert or constrain, in order; functional forms are named like the plain ones."""
    words = ("_assert_async", "_assert_scalar", "_assert_tensor_metadata", "_print", "sym_constrain_range")
    return [
        str(node.target).replace("_functional_assert", "_assert").replace("_functional_sym", "sym")
        for node in module.graph.nodes
        if node.op == "call_function" and any(word in str(node.target) for word in words)
    ]


def ask_tokens(trial: Trial) -> str:
    """The chain: each call that makes or takes a token, with the token's name and the one it takes; the last output."""
    lines = []
    for node in trial.after.graph.nodes:
        if "_make_dep_token" in str(node.target):
            lines.append(f"{node.name} is made")
        elif "_functional_" in str(node.target):
            taken = node.kwargs.get("dep_token", node.args[-1] if node.args else None)
            lines.append(f"{node.name} = {node.target} of {taken}")
    outputs: Any = trial.after.graph.output_node().args[0]
    outputs = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
    lines.append(f"{len(outputs)} outputs, the last {outputs[-1] if outputs else None}")
    return "\n".join(lines)


def ask_order(trial: Trial) -> str:
    """The assertions and ranges of the result, in order, in its graph and those inside."""
    return "\n".join(name for one in (trial.after, *graphs_of(trial.after)) for name in effect_names(one))


def ask_inner_effects(trial: Trial) -> str:
    """The graphs inside, up to names, as the pass leaves them."""
    return "\n".join(graph_text(inner) for inner in graphs_of(trial.after))


def ask_violated(trial: Trial) -> str:
    """What the graph and the result do with inputs that an assertion forbids."""
    said = []
    for module in (trial.before, trial.after):
        ends = []
        for inputs in trial.forbidden:
            try:
                run_graph(module, inputs)
                ends.append("runs")
            except RuntimeError:
                ends.append("raises")
            except Exception as error:  # noqa: BLE001  no assertion's: what a program raises is evidence
                ends.append(raised(error))
        said.append(next((end for end in ends if end != "raises"), "raises"))
    return f"{said[0]} before, {said[1]} after"


def ask_composed(trial: Trial) -> str:
    """Whether both passes can be applied, in either order, with the same graph at the end."""
    texts = []
    for first, second in ((trial.make, trial.other), (trial.other, trial.make)):
        assert first is not None
        assert second is not None
        try:
            texts.append(graph_text(graph_of(second()(graph_of(first()(trial.before))))))
        except Exception as error:  # noqa: BLE001  what a pass raises is evidence
            return raised(error)
    return "alike" if texts[0] == texts[1] else "unlike"
