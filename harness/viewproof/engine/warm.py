"""Loads what torch would import at first use, so that it does not count as checking time of the first chunk."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from functools import cache

import torch

import viewproof.tensors.bound  # noqa: F401 -- binds its kernels, before any module of a user's is imported
from viewproof.catalog.overloads import is_overload
from viewproof.contract.installed import own_suites
from viewproof.contract.known_issues import own_issues
from viewproof.errors import first_line
from viewproof.evidence.probe import may_be_the_users
from viewproof.evidence.subject import operator_traits
from viewproof.running.settings import settings_kept


@cache
def warm_up() -> tuple[str, ...]:
    """Load, once, what torch imports at the first use of nested, sparse, lazy-bit, dual and fake tensors.

    The known issues too. A process that is forked from one that has done so finds all of it done.

    Never raises because of a kernel: after the import of a user's modules, those that it calls may be under test.
    Returns what torch raised, a line each: nobody need act on it.
    """
    # The first forward derivative compiles decompositions with a deprecated torch.jit. A kernel under test may leave
    # settings changed here as it may in a case.
    with warnings.catch_warnings(action="ignore"), settings_kept():
        raised = [_touch(touch) for touch in (_jagged, _sparse, _compressed, _lazy_bits, _dual, _fake)]
    own_issues()
    # What is loaded stays loaded: the collector need not walk torch's half a million objects again and again. Nor once:
    # what it would find costs a third of a second and is less than a megabyte.
    gc.freeze()
    return tuple(filter(None, raised))


def load_operators() -> None:
    """Load the operators of every suite: torch makes an overload when it is first named.

    For a process that others are forked from; one that starts from nothing loads those that it meets.
    """
    for suite in own_suites().values():
        for operator in suite.operators():
            if is_overload(operator):
                operator_traits(operator)


def _touch(touch: Callable[[], None]) -> str:
    """Call one of the functions below, which call torch and nothing else. Returns what was raised there, or nothing.

    Nothing is lost with it. What is not loaded now is loaded at first use, and a kernel that raises fails the cases
    that call it, where it is judged.
    """
    try:
        touch()
    except BaseException as error:
        if may_be_the_users(error):
            raise
        return f"{touch.__name__.strip('_')}: {type(error).__name__}: {first_line(error)}"
    return ""


# One tensor of each kind that is more than a strided one, and its components; no target runs these on meta.


def _jagged() -> None:
    nested = torch.nested.nested_tensor_from_jagged(torch.zeros(2), torch.tensor([0, 1, 2]))
    torch.ops.aten._nested_get_values.default(nested)


def _sparse() -> None:
    torch.sparse_coo_tensor(torch.tensor([[0, 1]]), torch.zeros(2), (3,), check_invariants=False)._values()


def _compressed() -> None:
    bounds, places = torch.tensor([0, 1, 2]), torch.tensor([0, 1])
    torch.sparse_compressed_tensor(
        bounds, places, torch.zeros(2), (2, 2), layout=torch.sparse_csr, check_invariants=False
    ).values()


def _lazy_bits() -> None:
    torch.empty(0, dtype=torch.complex64).conj().resolve_conj()


def _dual() -> None:
    with torch.autograd.forward_ad.dual_level():
        torch.autograd.forward_ad.make_dual(torch.zeros(2), torch.ones(2)).select(0, 0)


def _fake() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        torch.empty(0)
    # The cache is one for all modes: an answer from before a kernel was replaced must not be left in it.
    FakeTensorMode.cache_clear()
