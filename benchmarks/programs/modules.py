"""Programs of torch's own modules: attention, recurrence, and conv nets in channels-last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from programs.program import Program


def _squared(model: Any, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    output = model(**inputs)
    first = output[0] if isinstance(output, tuple) else output
    loss: torch.Tensor = first.square().mean()
    return loss


def _attention() -> tuple[Any, dict[str, torch.Tensor]]:
    x = torch.randn(4, 16, 32)
    return nn.MultiheadAttention(32, 4, batch_first=True), {"query": x, "key": x, "value": x}


def _encoder() -> tuple[Any, dict[str, torch.Tensor]]:
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), {"src": torch.randn(4, 16, 32)}


def _recurrent() -> tuple[Any, dict[str, torch.Tensor]]:
    return nn.LSTM(16, 32, num_layers=2, bidirectional=True, batch_first=True), {"input": torch.randn(4, 16, 16)}


class _ConvNet(nn.Module):
    """A residual conv net in channels-last."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
        self.block = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.GroupNorm(2, 8), nn.SiLU())
        self.shuffle = nn.PixelShuffle(2)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(2 * 16, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.shuffle(x + self.block(x))
        logits: torch.Tensor = self.head(x)
        return logits


def _channels_last() -> tuple[Any, dict[str, torch.Tensor]]:
    model: Any = _ConvNet()
    return model.to(memory_format=torch.channels_last), {
        "x": torch.randn(4, 3, 16, 16).to(memory_format=torch.channels_last)
    }


PROGRAMS = (
    Program("MultiheadAttention", _attention, _squared),
    Program("TransformerEncoder", _encoder, _squared),
    Program("LSTM", _recurrent, _squared),
    Program("conv net, channels-last", _channels_last, _squared),
)
