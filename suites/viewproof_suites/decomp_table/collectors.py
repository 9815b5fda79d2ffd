"""Replaces the functions that torch's table collects its entries with, so that it does not collect for every table.

The table's own methods are untouched. The results of its module's functions are kept for a session; whether `late` is
collected is decided each time, by the function that decides it in torch. Where torch's order of operators is that of a
set, it is fixed here. Narrowed, the results are restricted to the operators with roles and one other.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch._ops import OpOverload

from viewproof.exported.composite import loaded_once
from viewproof_suites.decomp_table.operators import NAMESPACE, RoleOperators

_TABLE = "torch.export.decomp_utils"
_COLLECTED = f"{_TABLE}._collect_all_valid_cia_ops"
_OF_ATEN = f"{_TABLE}._collect_all_valid_cia_ops_for_aten_namespace"
_DECOMPOSITION = f"{_TABLE}._get_decomp_for_cia"
_CORE = "torch._decomp._core_aten_decompositions_post_autograd"

Decompositions = dict[OpOverload, Callable[..., Any]]


class CollectorAnswers(NamedTuple):
    """The results of torch's functions: core decompositions, aten's composite operators, and other composite ones."""

    core: Decompositions
    of_aten: tuple[OpOverload, ...]
    others: tuple[OpOverload, ...]


def _modules() -> tuple[Any, Any]:
    # Their functions must be looked up at each use, since sessions replace them for a time.
    return importlib.import_module(_TABLE), torch._decomp


def collected() -> CollectorAnswers:
    """The present results, without the operators that this contract registers."""
    functions, decompositions = _modules()
    with loaded_once():
        of_aten = functions._collect_all_valid_cia_ops_for_aten_namespace()
        every = functions._collect_all_valid_cia_ops()
    others = [one for one in every if one not in of_aten and one.namespace != NAMESPACE]
    return CollectorAnswers(
        dict(decompositions._core_aten_decompositions_post_autograd()),
        tuple(sorted(of_aten, key=str)),
        tuple(sorted(others, key=str)),
    )


@contextmanager
def kept_collectors(
    operators: RoleOperators, known: CollectorAnswers, *, narrowed: bool
) -> Iterator[Callable[[OpOverload], Any]]:
    """Torch's table uses the kept results in the body. Yields the function from a composite operator to its
    decomposition, which returns the same object each time.
    """
    from torch._export.utils import _is_preservable_cia_op

    functions, _ = _modules()
    roles = {*operators.by_role.values(), operators.beside}
    core, of_aten, others = known
    if narrowed:
        core = {one: found for one, found in core.items() if one in roles}
        of_aten = tuple([one for one in of_aten if one in roles])
        others = ()
    early, late = operators.by_role["early"], operators.by_role["late"]
    decomposition = cache(functions._get_decomp_for_cia)

    def every() -> list[OpOverload]:
        custom = [one for one in (early, late) if _is_preservable_cia_op(one)]
        return [*of_aten, *others, *custom]

    with (
        patch(_CORE, lambda: dict(core)),
        patch(_OF_ATEN, lambda: of_aten),
        patch(_COLLECTED, every),
        patch(_DECOMPOSITION, decomposition),
    ):
        yield decomposition


@contextmanager
def own_collectors() -> Iterator[Callable[[OpOverload], Any]]:
    """Torch's table collects by itself in the body: slow, for comparison with the kept results."""
    yield _modules()[0]._get_decomp_for_cia


def table_class() -> Any:
    """Torch's table. Raises ImportError where this torch has none."""
    from torch.export.decomp_utils import CustomDecompTable

    return CustomDecompTable


@cache
def has_table() -> bool:
    """Whether this torch has the table and the functions that it collects with."""
    try:
        from torch.export import decomp_utils
    except ImportError:
        return False
    names = [_COLLECTED, _OF_ATEN, _DECOMPOSITION]
    return all(hasattr(decomp_utils, name.rpartition(".")[2]) for name in names) and hasattr(
        torch._decomp, _CORE.rpartition(".")[2]
    )
