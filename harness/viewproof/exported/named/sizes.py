"""Named modules: sizes that are symbols, numbers made of them, and sizes that the data decide."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.exported.named.model import ModuleParts


def make_sizes() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return x.t()[: x.shape[1] - 1].select(0, 0).unsqueeze(1).expand(x.shape[0], 2) + x.shape[0]

    shapes = {"x": {0: torch.export.Dim("rows"), 1: torch.export.Dim("columns")}}
    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "dynamic": shapes}


def make_symbolic_numbers() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            rows = x.shape[0]
            return x.narrow(0, 1, rows - 1).t() * torch.sym_sqrt(rows) + torch.sym_max(rows, 4), rows // 2 + 1

    shapes = {"x": {0: torch.export.Dim("rows", min=3, max=100)}}
    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),), "dynamic": shapes}


def make_unbacked() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return x.nonzero().t() + 1

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}
