"""What a real program is here: a model with random weights, its inputs, and the steps that are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

Loss = Callable[[Any, Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Program:
    """`make` gives a model and its inputs by name; `loss` a scalar of both. `generate` is a second act, of a model in
    eval mode, where there is one. `package` is what it needs beside torch, empty for nothing. `words` are what planning
    knows of it as an exported module, beside that it is a network (cases/modules.py).
    """

    name: str
    make: Callable[[], tuple[Any, dict[str, torch.Tensor]]]
    loss: Loss
    generate: Callable[[Any, Mapping[str, torch.Tensor]], Any] | None = None
    package: str = ""
    words: frozenset[str] = frozenset()


class Running:
    """A program with its model, inputs and optimizer: made once, stepped under each checker in turn."""

    def __init__(self, program: Program) -> None:
        torch.manual_seed(0)
        self.program = program
        self.model, self.inputs = program.make()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def forward(self, inputs: Mapping[str, torch.Tensor] | None = None) -> torch.Tensor:
        """The loss of one forward pass."""
        return self.program.loss(self.model, self.inputs if inputs is None else inputs)

    def step(self) -> None:
        """Forward, backward, an optimizer step."""
        self.model.train()
        loss = self.forward()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def whole(self) -> None:
        """A training step, and the second act where there is one."""
        self.step()
        if self.program.generate is not None:
            self.model.eval()
            self.program.generate(self.model, self.inputs)
