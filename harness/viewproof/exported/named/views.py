"""Named modules: views one behind the other, in lists, beside what is no view, and where a copy would not do."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.exported.named.model import ModuleParts


def make_chain() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            turned = x.transpose(0, 1)
            part = turned[1:3].unsqueeze(0).expand(2, 2, 3)
            return part.select(0, 1).diagonal() + 1, part, x.view(2, 6).t()

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_lists_of_views() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            first, second = torch.ops.aten.split.Tensor(x, 2, 1)
            rows = torch.ops.aten.unbind.int(first, 0)
            return torch.cat([rows[0], rows[2], second.select(0, 1)])

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_unsafe_view() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.ops.aten._unsafe_view.default(x + 1, [4, 3])

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_no_view() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.relu(x) + x.sum()

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_prims_view() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.ops.prims.transpose.default(x, [1, 0]) + torch.ops.aten.t.default(x)

    return {"module": Module(), "args": (torch.arange(9.0).reshape(3, 3),)}


def make_custom_operator() -> ModuleParts:
    if not hasattr(torch.ops.viewproof_passes, "twice"):
        library = torch.library.Library("viewproof_passes", "FRAGMENT")
        library.define("twice(Tensor x) -> Tensor")
        library.impl("twice", lambda x: x + x, "CompositeExplicitAutograd")
        # The operator goes when the library does.
        make_custom_operator.library = library  # type: ignore[attr-defined]

    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.ops.viewproof_passes.twice.default(x.t()).select(0, 1)

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_submodules() -> ModuleParts:
    class Inner(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.arange(12.0).reshape(3, 4))
            self.offset: torch.Tensor
            self.register_buffer("offset", torch.ones(4, 3))

        def forward(self, x: torch.Tensor) -> Any:
            return x.t() * self.weight.t() + self.offset

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = Inner()
            self.second = Inner()

        def forward(self, x: torch.Tensor) -> Any:
            return self.second(self.first(x).t())

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_buffer() -> ModuleParts:
    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.count: torch.Tensor
            self.register_buffer("count", torch.zeros(4, 3))

        def forward(self, x: torch.Tensor) -> Any:
            self.count.add_(1)
            return x.t() + self.count

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_constant() -> ModuleParts:
    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.arange(4.0)

        def forward(self, x: torch.Tensor) -> Any:
            return x + self.table.unsqueeze(0) + torch.tensor([1.0, 2.0, 3.0, 4.0]).unsqueeze(0)

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_named_outputs() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return {"turned": x.t(), "row": x[0] + 1}

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_written_view() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            y = x.clone()
            y.select(0, 0).add_(1)
            return y

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}


def make_strided_view() -> ModuleParts:
    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return torch.as_strided(x[1:], (2,), (1,), 0)

    return {"module": Module(), "args": (torch.arange(12.0).reshape(3, 4),)}
