"""The operand components of a case: each strided tensor that its arguments are made of, by the name of its base."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.tensors.build import argument_names
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout


class Component(NamedTuple):
    """One component: its layout, the bytes of its storage, and the number of a storage that arguments share.

    `filled`: its values are not given, so that fillings are written to its storage.
    """

    layout: Layout
    storage_bytes: int
    storage: int | None
    filled: bool


def components_of(case: Case) -> dict[str, Component]:
    """The components by name (`self`, `self.values`, `src`, `out.1`), in the order in which bases are made."""
    found: dict[str, Component] = {}
    for name, argument in _named(case):
        for part, one in _parts(name, argument):
            found[part] = _component(case, one)
    return found


def arguments_by_component(case: Case) -> dict[str, TensorArgument]:
    """The arguments that the components stand for, by the same names."""
    return {part: one for name, argument in _named(case) for part, one in _parts(name, argument)}


def _named(case: Case) -> Iterator[tuple[str, Any]]:
    if len(case.args) > 1:
        names = argument_names(case.operator)
        for place, argument in enumerate(case.args):
            yield "self" if place == 0 else names[place], argument
    elif case.args:
        yield "self", case.args[0]
    for name, value in case.kwargs:
        if type(value) is tuple:
            for place, one in enumerate(value):
                yield f"{name}.{place}", one
        else:
            yield name, value


def _parts(name: str, argument: Any) -> Iterator[tuple[str, TensorArgument]]:
    kind = type(argument)
    if kind is TensorArgument:
        yield name, argument
    elif kind is SparseArgument:
        yield f"{name}.indices", argument.indices
        if argument.plain_indices is not None:
            yield f"{name}.plain_indices", argument.plain_indices
        yield f"{name}.values", argument.values
    elif kind is NestedArgument:
        yield f"{name}.buffer", argument.buffer
    elif kind is DualArgument:
        yield f"{name}.primal", argument.primal
        if argument.tangent is not None:
            yield f"{name}.tangent", argument.tangent


def _component(case: Case, argument: TensorArgument) -> Component:
    held = argument.layout.storage_bytes
    if argument.storage is not None:
        dtype, count = case.storages[argument.storage]
        held = count * DTYPES[dtype].itemsize
    return Component(argument.layout, held, argument.storage, argument.values is None)


@lru_cache(maxsize=4096)
def plain_component(layout: Layout) -> Component:
    """The component of a strided argument on a storage of its own."""
    return Component(layout, layout.storage_bytes, None, True)
