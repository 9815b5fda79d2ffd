"""Named modules: higher-order operators, whose graphs hold views of their own."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.exported.named.model import ModuleParts


def make_cond() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.cond(x.sum() > 0, lambda x: x.t() + 1, lambda x: x.t() - x[0].sum(), (x,)) + 1

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_nested_cond() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            def inner(x: torch.Tensor) -> Any:
                return torch.cond(x.sum() > 9, lambda x: x.t() + 1, lambda x: x.t() + 2, (x,))

            return torch.cond(x.sum() > 0, inner, lambda x: x.t() + 3, (x.unsqueeze(0).squeeze(0),))

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_map() -> ModuleParts:
    from torch._higher_order_ops.map import map as map_over

    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
            return map_over(lambda row, y: row.view(2, 2) + y.t(), x, y)  # type: ignore[arg-type, attr-defined]

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4), torch.arange(4.0).reshape(2, 2))}


def make_while_loop() -> ModuleParts:
    from torch._higher_order_ops.while_loop import while_loop

    class Module(torch.nn.Module):
        def forward(self, count: torch.Tensor, x: torch.Tensor) -> Any:
            def body(count: torch.Tensor, x: torch.Tensor) -> Any:
                return count + 1, x.view(4, 3).sum(0).unsqueeze(1).expand(3, 4) + x

            return while_loop(lambda count, x: (count.view(1)[0] < 3) & (x.sum() < 1000), body, (count, x))

    return {"module": Module(), "args": (torch.tensor(0), torch.arange(12.0).reshape(3, 4))}


def make_scan() -> ModuleParts:
    from torch._higher_order_ops.scan import scan

    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
            def step(carry: torch.Tensor, row: torch.Tensor) -> Any:
                following = carry + row.view(2, 2).t()
                return following, following.clone()

            carry, rows = scan(step, y, x)
            return carry, rows

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4), torch.zeros(2, 2))}


def make_no_grad() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            with torch.no_grad():
                y = x.t() + 1
            return y.select(0, 1)

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}
