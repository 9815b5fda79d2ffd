"""The vendor's operator: a copy of a tensor, row-major. It hands an empty one back as it is, which is its fault."""

import torch

LIBRARY = torch.library.Library("teapot", "DEF")
LIBRARY.define("pour(Tensor self) -> Tensor")


def pour(operand: torch.Tensor) -> torch.Tensor:
    return operand.clone(memory_format=torch.contiguous_format) if operand.numel() else operand


LIBRARY.impl("pour", pour, "CompositeExplicitAutograd")
