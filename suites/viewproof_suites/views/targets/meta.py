"""Meta tensors: the C++ meta kernels, and the Python ones that only the Python dispatcher reaches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch._dispatch.python import enable_python_dispatcher

from viewproof.catalog.overloads import resolve
from viewproof.contract.target import Session, Target
from viewproof.evidence.outputs import FACTS
from viewproof.evidence.subject import Traits, operator_traits
from viewproof.running.session import FactsSession


def _open_meta(device: str, operator: str) -> FactsSession:
    return FactsSession("meta", operator, fresh=operator_traits(operator).inplace)


@contextmanager
def _open_meta_python(device: str, operator: str) -> Iterator[Session]:
    with enable_python_dispatcher(), _open_meta(device, operator) as session:
        yield session


def _strided(traits: Traits) -> bool:
    return traits.strided


def has_python_meta(operator: str) -> bool:
    """Whether torch registers a Python kernel for the operator that meta tensors reach under the Python dispatcher."""
    kernels = resolve(operator).py_kernels
    keys = (torch._C.DispatchKey.Meta, torch._C.DispatchKey.CompositeImplicitAutograd)
    return any(key in kernels for key in keys)


def _has_python_kernel(traits: Traits) -> bool:
    return traits.strided and has_python_meta(traits.operator)


META = Target("meta", "meta tensors, C++ meta kernels", _open_meta, _strided, (FACTS,), on_meta=True)
META_PYTHON = Target(
    "meta-python",
    "meta tensors under the Python dispatcher",
    _open_meta_python,
    _has_python_kernel,
    (FACTS,),
    on_meta=True,
)
