"""The pass: assertions and ranges become functions of a dependency token, chained in their order in the graph.

Torch's aten has functional forms of two more (`_assert_scalar`, `sym_constrain_range_for_size`); its pass leaves both,
and so does this one. These remain calls without outputs, which nothing may remove, in the graph's order. Graphs inside
are left too: they could only return a token as an additional output of the operator that runs them, in all branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch._ops import OpOverload
from torch.fx import Graph, GraphModule, Node
from torch.fx.passes.infra.pass_base import PassResult

from viewproof_reference.replacements.graphs import copied, refreshed
from viewproof_reference.replacements.graphs.values import fake_mode

_ATEN = torch.ops.aten
#: Operator with a side effect -> the function of a token that takes its place.
FUNCTIONAL: dict[OpOverload, OpOverload] = {
    _ATEN.sym_constrain_range.default: _ATEN._functional_sym_constrain_range.default,
    _ATEN._assert_async.msg: _ATEN._functional_assert_async.msg,
}


class NoRoomForToken(ValueError):
    """The graph does not return a flat sequence, so that no token can be added to its outputs."""


@dataclass(frozen=True, slots=True)
class SideEffectsToTokens:
    """Functionalizes side effects. Has no state: one object serves any number of modules.

    `dep_token0` is made where the first effect stands; the k-th effect takes token k-1 and returns `dep_token{k}`; the
    last one is a further output, so that nothing removes the chain. A name that is taken gets a number. All other
    nodes keep their names, and all nodes their metadata. The module that is given is never changed. Where there is
    nothing to do, it is itself the result, and unmodified: so a second application is. Effects inside the graphs of
    higher-order operators stay where they are, as do those that have no functional form here.
    """

    def __call__(self, module: GraphModule) -> PassResult:
        """The module with its effects chained, and whether it is a new one. Raises NoRoomForToken."""
        effects = [node for node in module.graph.nodes if node.target in FUNCTIONAL]
        if not effects:
            return PassResult(module, False)
        made, became = copied(module, {})
        token = _first_token(made, became[effects[0]])
        for number, effect in enumerate(effects, 1):
            token = _chained(made.graph, became[effect], token, f"dep_token{number}")
        output = made.graph.output_node()
        if not isinstance(output.args[0], (list, tuple)):
            raise NoRoomForToken(f"output: wanted a list or a tuple, got {type(output.args[0]).__name__}")
        output.args = ((*output.args[0], token),)
        return PassResult(refreshed(made), True)


def _first_token(module: GraphModule, first: Node) -> Node:
    with module.graph.inserting_before(first):
        token = module.graph.create_node("call_function", _ATEN._make_dep_token.default, name="dep_token0")
    mode = fake_mode(module)
    if mode is not None:
        with mode:
            token.meta["val"] = _ATEN._make_dep_token.default()
    if "stack_trace" in first.meta:
        token.meta["stack_trace"] = first.meta["stack_trace"]
    return token


def _chained(graph: Graph, effect: Node, token: Node, name: str) -> Node:
    """The functional call that replaces `effect`, called `name`."""
    assert isinstance(effect.target, OpOverload)
    function = FUNCTIONAL[effect.target]
    with graph.inserting_before(effect):
        made = graph.create_node("call_function", function, effect.args, _keywords(effect, function, token), name=name)
    made.meta = dict(effect.meta)
    made.meta.pop("unbacked_bindings", None)
    if "val" in token.meta:
        made.meta["val"] = token.meta["val"]
    graph.erase_node(effect)
    return made


def _keywords(effect: Node, function: OpOverload, token: Node) -> dict[str, Any]:
    """The keyword arguments of the functional call, where omitted bounds must be passed as None."""
    said: dict[str, Any] = {**effect.kwargs, "dep_token": token}
    for argument in function._schema.arguments[len(effect.args) :]:
        said.setdefault(argument.name, None)
    return said
