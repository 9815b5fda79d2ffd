"""What torch loads late, loaded before the clock of a worker's first chunk starts: start-up, not checking."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from viewproof.engine.known_issues import load_known_issues, predicates
from viewproof.engine.suites import load_suites
from viewproof.operators import is_overload
from viewproof.subject import operator_traits


@cache
def warm_up() -> None:
    """Load, once a process, what torch imports at the first use of nested, lazy-bit, dual and fake tensors.

    The known issues and the operators of every suite too: torch makes an overload when it is first named.
    """
    # The first forward derivative compiles decompositions with a deprecated torch.jit.
    with warnings.catch_warnings(action="ignore"):
        values = torch.zeros(2)
        torch.nested.nested_tensor_from_jagged(values, torch.tensor([0, 1, 2]))
        torch.empty(0, dtype=torch.complex64).conj().resolve_conj()
        with torch.autograd.forward_ad.dual_level():
            torch.autograd.forward_ad.make_dual(values, torch.ones(2)).select(0, 0)
        from torch._subclasses.fake_tensor import FakeTensorMode

        with FakeTensorMode():
            torch.empty(0)
    load_known_issues()
    predicates()
    for suite in load_suites().values():
        for operator in suite.operators():
            if is_overload(operator):
                operator_traits(operator)
    # What is loaded stays loaded: the collector need not walk torch's half a million objects again and again.
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection within: a chunk makes few cycles, and a collection costs as much as thousands of cases."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
