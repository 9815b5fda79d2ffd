"""The registered aten schemas as plain records: all that `classify` may look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch

NAMESPACE = "aten"

_SPARSE_KEYS = ("SparseCPU", "SparseCsrCPU")
_NESTED_KEYS = ("NestedTensorCPU", "CompositeImplicitAutogradNestedTensor")


class Value(NamedTuple):
    """An argument or a return: its type in words, its alias set, and whether it is written."""

    name: str
    type: str
    aliased: bool
    sets: frozenset[str]
    writes: bool


class SchemaRecord(NamedTuple):
    """One schema. `dispatched` is False for a schema that TorchScript alone knows."""

    packet: str
    overload: str
    arguments: tuple[Value, ...]
    returns: tuple[Value, ...]
    tags: frozenset[str]
    dispatched: bool
    composite: bool
    explicit: bool
    kernels: frozenset[str]
    text: str

    @property
    def name(self) -> str:
        """The overload as `torch.ops` names it: `aten.slice.Tensor`."""
        return f"{NAMESPACE}.{self.packet}.{self.overload}"

    @property
    def aliases(self) -> bool:
        """Whether a return is annotated as an alias that is not written."""
        return any(value.aliased and not value.writes for value in self.returns)

    @property
    def writes(self) -> bool:
        """Whether an argument or a return is annotated as written."""
        return any(value.writes for value in self.arguments + self.returns)


_SERVED = (("sparse", _SPARSE_KEYS), ("nested", _NESTED_KEYS), ("strided", ("CPU",)))
_NONE: frozenset[str] = frozenset()


def _value(argument: Any) -> Value:
    alias = argument.alias_info
    if alias is None:
        return Value(argument.name, str(argument.type), False, _NONE, False)
    sets = frozenset(alias.before_set) | frozenset(alias.after_set)
    return Value(argument.name, str(argument.type), True, sets, bool(alias.is_write))


def describe(
    schema: Any, tags: Iterable[str] = (), kernels: Iterable[str] = (), dispatched: bool = True
) -> SchemaRecord:
    """The record of a `torch._C.FunctionSchema`; `kernels` are the dispatch keys and aliases registered for it."""
    keys = frozenset(kernels)
    return SchemaRecord(
        schema.name.partition("::")[2],
        schema.overload_name or "default",
        tuple(map(_value, schema.arguments)),
        tuple(map(_value, schema.returns)),
        frozenset(tags),
        dispatched,
        "CompositeImplicitAutograd" in keys,
        not keys.isdisjoint(("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")),
        frozenset(base for base, served in _SERVED if not keys.isdisjoint(served)) if keys else _NONE,
        str(schema),
    )


_COMPOSITE = ("CompositeImplicitAutograd",)
_KEYS = (
    "CPU",
    *_SPARSE_KEYS,
    *_NESTED_KEYS,
    *_COMPOSITE,
    "CompositeExplicitAutograd",
    "CompositeExplicitAutogradNonFunctional",
)


_PREFIX = NAMESPACE + "::"


def _schemas() -> Iterator[tuple[Any, str, bool]]:
    """Every aten schema, with its name as the dispatcher writes it, and whether the dispatcher knows it."""
    # torch publishes no enumeration of its schemas; these functions have been there, unchanged, since 1.12.
    known = {name for name in torch._C._dispatch_get_all_op_names() if name.startswith(_PREFIX)}
    for schema in torch._C._jit_get_all_schemas():
        name = schema.name
        if name.startswith(_PREFIX):
            overload = schema.overload_name
            full = f"{name}.{overload}" if overload else name
            yield schema, full, full in known


def dispatched_names() -> list[str]:
    """The overloads of the schemas that the dispatcher knows, as `torch.ops` names them."""
    names = [full.removeprefix(_PREFIX) for _, full, dispatched in _schemas() if dispatched]
    return [f"{NAMESPACE}.{name}" if "." in name else f"{NAMESPACE}.{name}.default" for name in names]


def registered() -> list[SchemaRecord]:
    """Every aten schema of the installed torch, TorchScript's among them. The dispatcher's are a part of these."""
    records = []
    has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
    tag_names = {tag: word for word, tag in torch.Tag.__members__.items()}
    for schema, full, dispatched in _schemas():
        if not dispatched:
            records.append(describe(schema, dispatched=False))
            continue
        name, overload = schema.name, schema.overload_name
        found = torch._C._get_operation_overload(name, overload)
        tags = [] if found is None else [tag_names[tag] for tag in found[2]]
        # The kernels are looked up for views only: that is the most expensive step here.
        view = any(value.alias_info is not None and not value.alias_info.is_write for value in schema.returns)
        kernels = [key for key in (_KEYS if view else _COMPOSITE) if has_kernel(full, key)]
        records.append(describe(schema, tags, kernels))
    return records
