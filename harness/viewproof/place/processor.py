"""The processor: its model, and which instructions it has."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any


def capabilities() -> Mapping[str, Any]:
    """What torch says of the processor, by its own names (`avx2`, `avx512_f`, ...); nothing where it cannot say."""
    import torch

    ask = getattr(torch.cpu, "get_capabilities", None)
    return {} if ask is None else ask()


def processor_name() -> str:
    """The processor's model as it names itself; its architecture where it does not."""
    return str(capabilities().get("cpu_name") or platform.processor() or platform.machine())
