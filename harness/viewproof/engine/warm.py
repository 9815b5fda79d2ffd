"""Loads what torch would import at first use, so that it does not count as checking time of the first chunk."""

from __future__ import annotations

import gc
import os
import warnings
from functools import cache

import torch

from viewproof.catalog.overloads import is_overload
from viewproof.contract.installed import own_suites
from viewproof.contract.known_issues import own_issues
from viewproof.evidence.subject import operator_traits


def warm_up() -> None:
    """Load, once a process, what torch imports at the first use of nested, sparse, lazy-bit, dual and fake tensors.

    The known issues and the operators of every suite too: torch makes an overload when it is first named. A forked
    process finds all of that loaded, and touches it, so that the pages that it writes to are copied now.
    """
    _warm_up(os.getpid())


@cache
def _warm_up(process: int) -> None:
    del process
    # The first forward derivative compiles decompositions with a deprecated torch.jit.
    with warnings.catch_warnings(action="ignore"):
        _touch_composites()
        from torch._subclasses.fake_tensor import FakeTensorMode

        with FakeTensorMode():
            torch.empty(0)
    own_issues()
    for suite in own_suites().values():
        for operator in suite.operators():
            if is_overload(operator):
                operator_traits(operator)
    # What is loaded stays loaded: the collector need not walk torch's half a million objects again and again.
    gc.collect()
    gc.freeze()


def _touch_composites() -> None:
    """One tensor of each kind that is more than a strided one, and its components; no target runs these on meta."""
    values = torch.zeros(2)
    bounds = torch.tensor([0, 1, 2])
    nested = torch.nested.nested_tensor_from_jagged(values, bounds)
    torch.ops.aten._nested_get_values.default(nested)
    torch.sparse_coo_tensor(bounds[None, :2], values, (3,), check_invariants=False)._values()
    torch.sparse_compressed_tensor(
        bounds, bounds[:2], values, (2, 2), layout=torch.sparse_csr, check_invariants=False
    ).values()
    torch.empty(0, dtype=torch.complex64).conj().resolve_conj()
    with torch.autograd.forward_ad.dual_level():
        torch.autograd.forward_ad.make_dual(values, torch.ones(2)).select(0, 0)
