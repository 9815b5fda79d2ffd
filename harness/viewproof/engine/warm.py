"""What torch loads late, loaded before the clock of a worker's first chunk starts: start-up, not checking."""

from __future__ import annotations

from functools import cache

import torch


@cache
def warm_up() -> None:
    """Load, once a process, the Python that torch imports at the first use of nested, lazy-bit and fake tensors."""
    values = torch.zeros(2)
    torch.nested.nested_tensor_from_jagged(values, torch.tensor([0, 1, 2]))
    torch.empty(0, dtype=torch.complex64).conj().resolve_conj()
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        torch.empty(0)
