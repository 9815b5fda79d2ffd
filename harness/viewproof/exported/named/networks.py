"""Named modules: torch's own layers, small."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.exported.named.model import ModuleParts


def make_attention() -> ModuleParts:
    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: torch.Tensor) -> Any:
            return self.attention(x, x, x, need_weights=False)[0]

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return {"module": Module().eval(), "args": (torch.arange(48.0).reshape(2, 3, 8) / 48,)}


def make_encoder() -> ModuleParts:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = torch.nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
        return {"module": layer.eval(), "args": (torch.arange(48.0).reshape(2, 3, 8) / 48,)}


def make_convolution() -> ModuleParts:
    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = torch.nn.Conv2d(1, 2, 3)
            self.norm = torch.nn.BatchNorm2d(2)
            self.linear = torch.nn.Linear(18, 4)

        def forward(self, x: torch.Tensor) -> Any:
            y = torch.relu(self.norm(self.convolution(x)))
            return self.linear(torch.flatten(y, 1))

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return {"module": Module().eval(), "args": (torch.arange(50.0).reshape(2, 1, 5, 5) / 50,)}


def make_lstm() -> ModuleParts:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = torch.nn.LSTM(4, 3, batch_first=True)
        return {"module": layer.eval(), "args": (torch.arange(24.0).reshape(2, 3, 4) / 24,)}
