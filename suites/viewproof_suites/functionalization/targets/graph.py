"""`make_fx` of the functionalized programs, views made copies: the graph is inspected, then run on fresh inputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.func import functionalize
from torch.fx import GraphModule, Node
from torch.fx.experimental.proxy_tensor import make_fx

from viewproof.contract.target import Session, Target
from viewproof.evidence.subject import Traits
from viewproof_suites.functionalization.evidence import GRAPH, PROGRAM
from viewproof_suites.functionalization.targets.laying import refill
from viewproof_suites.functionalization.targets.session import ProgramSession, Run, perform

_COPY = torch.ops.aten.copy_.default


def _no_steps(view: torch.Tensor) -> None:
    return None


def _trailing(graph: torch.fx.Graph) -> set[Node]:
    """The copies into inputs at the end of the graph, followed by nothing but the output."""
    found: set[Node] = set()
    for node in reversed(graph.nodes):
        if node.op == "output":
            continue
        into: Any = node.args[0] if node.args else None
        if node.target is not _COPY or not isinstance(into, Node) or into.op != "placeholder":
            break
        found.add(node)
    return found


def leftovers(graph: torch.fx.Graph, views: bool) -> list[str]:
    """The mutations in a graph except for the copies into its inputs at the end, and its views where `views`."""
    allowed = _trailing(graph)
    found: list[str] = []
    for node in graph.nodes:
        if node in allowed or not isinstance(node.target, torch._ops.OpOverload):
            continue
        schema = node.target._schema
        if schema.is_mutable:
            found.append(f"mutation: {node.target}")
        elif views and any(one.alias_info is not None for one in (*schema.arguments, *schema.returns)):
            found.append(f"view: {node.target}")
    return found


class FunctionalGraphSession(ProgramSession):
    """A session that traces programs one by one, so that whatever is left in a graph belongs to one case."""

    steps_of = staticmethod(_no_steps)
    pack = 1

    def __init__(self, device: str, operator: str) -> None:
        super().__init__(device, operator)
        self.looks["program-graph"] = lambda run: tuple(run.left)

    def execute(self, runs: list[Run]) -> None:
        """See `ProgramSession.execute`."""
        for run in runs:
            module = self._trace(run)
            run.left = leftovers(module.graph, views=True)
            refill(run.laid, run.program)
            run.raw = module(run.laid.inputs)

    def _trace(self, run: Run) -> GraphModule:
        def program(given: list[torch.Tensor]) -> list[torch.Tensor]:
            perform(run, self, given)
            return run.raw

        return make_fx(functionalize(program, remove="mutations_and_views"))(run.laid.inputs)


def _takes(traits: Traits) -> bool:
    return traits.strided


@contextmanager
def _open(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalGraphSession(device, operator)


FUNCTIONALIZE_GRAPH = Target(
    "functionalize-graph", "the functionalized program traced, views made copies, and its graph run", _open, _takes,
    (PROGRAM, GRAPH),
)  # fmt: skip
