"""Passes with one fault each, as a backend file names them: the reference's passes, and then something wrong."""

# Each fault takes the result and the module that it was made of.

from __future__ import annotations

import torch
from torch.fx.passes.infra.pass_base import PassResult

from viewproof_reference.replacements.graphs import copied, inner_graphs, refreshed
from viewproof_reference.replacements.side_effects import SideEffectsToTokens
from viewproof_reference.replacements.view_to_copy import ViewToCopy

aten = torch.ops.aten


def calls(module, part):
    return [node for node in module.graph.nodes if part in str(node.target)]


class Spoiled:
    """The reference's result, spoiled on a copy of it: the fault is done to what was changed, as a pass would."""

    good = ViewToCopy

    def __call__(self, module):
        result = self.good()(module)
        if not result.modified:
            return result
        made, _ = copied(result.graph_module, {})
        self.spoil(made, module)
        made.recompile()
        return PassResult(made, True)


class SkipsOne(Spoiled):
    def spoil(self, made, module):
        for node in calls(made, "aten.t_copy"):
            node.target = aten.t.default


class DropsStackTraces(Spoiled):
    def spoil(self, made, module):
        for node in calls(made, "_copy"):
            node.meta.pop("stack_trace", None)


class DropsTensorMeta(Spoiled):
    def spoil(self, made, module):
        for node in made.graph.nodes:
            node.meta.pop("tensor_meta", None)


class KeepsVals(Spoiled):
    def spoil(self, made, module):
        for one, other in zip(made.graph.nodes, module.graph.nodes, strict=True):
            one.meta = dict(other.meta)


class Renames(Spoiled):
    def spoil(self, made, module):
        for node in calls(made, "aten.add"):
            node.name = f"{node.name}_new"


class GivesTwoOneName(Spoiled):
    def spoil(self, made, module):
        first, second = list(made.graph.nodes)[1:3]
        second.name = first.name


class ChangesArgument(Spoiled):
    def spoil(self, made, module):
        for node in calls(made, "aten.add"):
            node.args = (node.args[0], 2)


class WritesStrides(Spoiled):
    """Right where the input is contiguous, and nowhere else."""

    def spoil(self, made, module):
        for node in calls(made, "aten.t_copy"):
            with made.graph.inserting_before(node):
                whole = made.graph.call_function(aten.as_strided_copy.default, (node.args[0], [12], [1]))
                node.args = (made.graph.call_function(aten.view_copy.default, (whole, [3, 4])),)


class LeavesInnerGraphs(Spoiled):
    def spoil(self, made, module):
        for path, inner in inner_graphs(module).items():
            setattr(made, path, inner)


class CallsPackets(Spoiled):
    def spoil(self, made, module):
        for node in calls(made, "aten.t_copy"):
            node.target = aten.t_copy


class AlwaysModified:
    def __call__(self, module):
        return PassResult(ViewToCopy()(module).graph_module, True)


class WorksInPlace:
    def __call__(self, module):
        result = ViewToCopy()(module)
        for node in calls(module, "aten.t.default"):
            node.target = aten.t_copy.default
        module.recompile()
        return result


class LeavesWhatItCannot:
    """Takes a graph with a view that has no copy, and leaves it as it is."""

    def __call__(self, module):
        try:
            return ViewToCopy()(module)
        except ValueError:
            return PassResult(module, False)


class StopsAtTokens:
    """Cannot read the other pass's result."""

    def __call__(self, module):
        if calls(module, "_functional_"):
            raise ValueError("_functional_assert_async: wanted an operator without a token")
        return ViewToCopy()(module)


class SpoiledEffects(Spoiled):
    good = SideEffectsToTokens


class ForgetsTokenOutput(SpoiledEffects):
    def spoil(self, made, module):
        output = made.graph.output_node()
        output.args = (output.args[0][:-1],)


class ReordersAssertions(SpoiledEffects):
    def spoil(self, made, module):
        first, second = calls(made, "_functional_assert_async")[:2]
        first.args, second.args = (second.args[0], second.args[1]), (first.args[0], first.args[1])
        # The second condition is computed behind the first assertion: both move to the end of what they need.
        output = made.graph.output_node()
        third = calls(made, "_functional_assert_async")[2:]
        for node in (first, second, *third):
            output.prepend(node)


class DropsCondition(SpoiledEffects):
    def spoil(self, made, module):
        for node in calls(made, "_functional_assert_async"):
            with made.graph.inserting_before(node):
                true = made.graph.call_function(aten.scalar_tensor.default, (True,), {"dtype": torch.bool})
            node.args = (true, *node.args[1:])


class DropsLeftovers(SpoiledEffects):
    def spoil(self, made, module):
        for node in calls(made, "_assert_scalar"):
            made.graph.erase_node(node)


class CountsOn:
    """Goes on counting tokens in the next module."""

    def __init__(self):
        self.number = 0

    def __call__(self, module):
        result = SideEffectsToTokens()(module)
        if result.modified:
            for node in calls(result.graph_module, "_functional_"):
                self.number += 1
                node.name = f"dep_token{self.number}"
            result.graph_module.recompile()
        return result


class CopiesForNothing:
    def __call__(self, module):
        result = SideEffectsToTokens()(module)
        return result if result.modified else PassResult(refreshed(copied(module, {})[0]), False)


class TokenForNothing:
    """Makes a token wherever there is none yet behind the last one."""

    def __call__(self, module):
        made, _ = copied(SideEffectsToTokens()(module).graph_module, {})
        output = made.graph.output_node()
        with made.graph.inserting_before(output):
            made.graph.call_function(aten._make_dep_token.default)
        return PassResult(refreshed(made), True)
