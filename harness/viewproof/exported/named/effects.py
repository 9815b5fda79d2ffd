"""Named modules: assertions and ranges. Export keeps no `sym_constrain_range`: it is put into the exported graph."""

from __future__ import annotations

from typing import Any

import torch
from torch.fx import GraphModule

from viewproof.exported.named.model import ModuleParts


def make_assertion() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            torch.ops.aten._assert_async.msg(x.sum() > 0, "the sum is positive")
            return x.t() + 1

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "forbidden": [(-torch.ones(3, 4),)]}


def make_assertions() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            torch.ops.aten._assert_async.msg(x.sum() > 0, "the sum is positive")
            y = x * 2
            torch.ops.aten._assert_async.msg(y.max() < 100, "the largest is small")
            torch.ops.aten._assert_async.msg(y.min() > -100, "the smallest is not")
            return y

    forbidden = [(-torch.ones(3, 4),), (torch.full((3, 4), 60.0),)]
    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "forbidden": forbidden}


def make_range() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, count: torch.Tensor) -> Any:
            return x + count.item()

    def edit(module: GraphModule) -> None:
        (item,) = [node for node in module.graph.nodes if "item" in str(node.target)]
        with module.graph.inserting_after(item):
            constrain = torch.ops.aten.sym_constrain_range.default
            module.graph.call_function(constrain, (item,), {"min": 1, "max": 5})
        module.recompile()

    args = (torch.arange(12.0).reshape(3, 4), torch.tensor(3))
    return {"module": Module(), "args": args, "edit": edit, "forbidden": [(args[0], torch.tensor(7))]}


def make_range_without_maximum() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, count: torch.Tensor) -> Any:
            return x + count.item()

    def edit(module: GraphModule) -> None:
        (item,) = [node for node in module.graph.nodes if "item" in str(node.target)]
        with module.graph.inserting_after(item):
            module.graph.call_function(torch.ops.aten.sym_constrain_range.default, (item,), {"min": 1})
        module.recompile()

    args = (torch.arange(12.0).reshape(3, 4), torch.tensor(3))
    return {"module": Module(), "args": args, "edit": edit, "forbidden": [(args[0], torch.tensor(-7))]}


def make_range_and_assertions() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, count: torch.Tensor) -> Any:
            torch.ops.aten._assert_async.msg(x.sum() > 0, "the sum is positive")
            number = count.item()
            # Not one that the pass chains: it stays an _assert_scalar, between two that it does.
            torch._check(number <= 6)
            y = x + number
            torch.ops.aten._assert_async.msg(y.max() < 100, "the largest is small")
            return y.t()

    def edit(module: GraphModule) -> None:
        (item,) = [node for node in module.graph.nodes if "item" in str(node.target)]
        with module.graph.inserting_after(item):
            constrain = torch.ops.aten.sym_constrain_range.default
            module.graph.call_function(constrain, (item,), {"min": 1, "max": 5})
        module.recompile()

    args = (torch.arange(12.0).reshape(3, 4), torch.tensor(3))
    forbidden = [(-torch.ones(3, 4), args[1]), (args[0], torch.tensor(7)), (torch.full((3, 4), 99.0), args[1])]
    return {"module": Module(), "args": args, "edit": edit, "forbidden": forbidden}


def make_taken_name() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, dep_token0: torch.Tensor) -> Any:
            torch.ops.aten._assert_async.msg(x.sum() > 0, "the sum is positive")
            return x + dep_token0

    args = (torch.arange(12.0).reshape(3, 4), torch.ones(3, 4))
    return {"module": Module(), "args": args, "forbidden": [(-torch.ones(3, 4), args[1])]}


def make_functional_already() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            token = torch.ops.aten._make_dep_token.default()
            last = torch.ops.aten._functional_assert_async.msg(x.max() < 100, "the largest is small", token)
            torch.ops.aten._assert_async.msg(x.sum() > 0, "the sum is positive")
            # A token's value does not matter, only which nodes use it.
            return x + 1, torch.zeros_like(last)

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "forbidden": [(-torch.ones(3, 4),)]}


def make_assertion_without_message() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            torch.ops.aten._assert_async.default(x.sum() > 0)
            return x.t() + 1

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "forbidden": [(-torch.ones(3, 4),)]}


def make_assertion_on_metadata() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            torch.ops.aten._assert_tensor_metadata.default(x, dtype=torch.float32)
            return x.t() + 1

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_assertion_in_cond() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            def checked(x: torch.Tensor) -> Any:
                torch.ops.aten._assert_async.msg(x.max() < 100, "the largest is small")
                return x + 1

            return torch.cond(x.sum() > 0, checked, lambda x: x + 2, (x,))

    return {
        "module": Module(),
        "args": (torch.arange(12.0).reshape(3, 4),),
        "forbidden": [(torch.full((3, 4), 99.0) * 2,)],
    }
