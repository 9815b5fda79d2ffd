"""The bindings of a ViewMeta class: what its constructor takes, what it keeps, what its operators are called with.

Source: torchgen/api/functionalization.py, from `base_binding` to `op_arguments`. A binding is a C++ type and a name.
"""

from __future__ import annotations

from typing import NamedTuple

from viewproof_reference.viewmeta.cpp import borrowed, owned, reference_to
from viewproof_reference.viewmeta.names import NAMESPACE
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import Argument, Schema, Type

TENSOR = "at::Tensor"


class Binding(NamedTuple):
    """One parameter or member in C++: `int64_t out_index`."""

    cpp: str
    name: str

    def __str__(self) -> str:
        return f"{self.cpp} {self.name}"


BASE = Binding(reference_to(TENSOR), "base")
HAS_SYMBOLIC_INPUTS = Binding("bool", "has_symbolic_inputs")
MUTATED_VIEW = Binding(reference_to(TENSOR), "mutated_view")
OUT_INDEX = Binding("int64_t", "out_index")
REAPPLY_VIEWS = Binding("bool", "reapply_views")
INVERSE_RETURN_MODE = Binding(f"{NAMESPACE}InverseReturnMode", "inverse_return_mode")

#: The six bindings that do not depend on the operator.
FIXED = (BASE, HAS_SYMBOLIC_INPUTS, MUTATED_VIEW, OUT_INDEX, REAPPLY_VIEWS, INVERSE_RETURN_MODE)


def arguments_after_self(schema: Schema) -> tuple[Argument, ...]:
    """The arguments without the base. Raises ApiRefusal where the first one is no plain Tensor."""
    first = schema.arguments[0].type if schema.arguments else None
    if first != Type("Tensor"):
        raise ApiRefusal(f"{schema.operator}: wanted a Tensor as its first argument, got {first or 'no argument'}")
    return schema.arguments[1:]


def returns_type(schema: Schema) -> str:
    """What forward and reverse return: one Tensor, whatever the operator returns, as each output has a ViewMeta.

    Raises ApiRefusal for an operator that returns nothing, or something that is neither a Tensor nor many.
    """
    if not schema.returns:
        raise ApiRefusal(f"{schema.operator}: wanted a return, got none")
    for value in schema.returns:
        if value.type.base != "Tensor":
            raise ApiRefusal(f"{schema.operator}: wanted Tensors as returns, got {value.type}")
    return TENSOR


def is_multi_output(schema: Schema) -> bool:
    """Whether the operator may return more than one Tensor: several returns, or a list."""
    return len(schema.returns) > 1 or any("[" in wrap for value in schema.returns for wrap in value.type.wraps)


def base_constructor_arguments(schema: Schema) -> tuple[Binding, ...]:
    """What the constructor passes on to the class ViewMeta: the output's index only where there are several outputs."""
    return (HAS_SYMBOLIC_INPUTS, OUT_INDEX) if is_multi_output(schema) else (HAS_SYMBOLIC_INPUTS,)


def attributes(schema: Schema, *, owning: bool) -> tuple[Binding, ...]:
    """What the class keeps for its calls: the members where `owning`, else the constructor's arguments for them.

    A member must own its data, since it is used after the recording call has returned. Raises ApiRefusal where the
    first argument is no Tensor.
    """
    kept = (
        Binding(owned(argument.type) if owning else borrowed(argument.type, written=argument.written), argument.name)
        for argument in arguments_after_self(schema)
    )
    return (REAPPLY_VIEWS, INVERSE_RETURN_MODE, *kept)


def extra_constructor_arguments(schema: Schema) -> tuple[Binding, ...]:
    """What the constructor takes after `base_constructor_arguments`: the attributes, not owned."""
    return attributes(schema, owning=False)


def operator_arguments(schema: Schema, *, reverse: bool) -> tuple[Binding, ...]:
    """What the operator (forward) or the inverse (reverse) is called with, in order.

    The base replaces self; the inverse also takes the mutated view, the return mode and, if there are several outputs,
    the index. Raises ApiRefusal where the first argument is no Tensor.
    """
    rest = tuple(
        Binding(borrowed(argument.type, written=argument.written), argument.name)
        for argument in arguments_after_self(schema)
    )
    if not reverse:
        return (BASE, *rest)
    index = (OUT_INDEX,) if is_multi_output(schema) else ()
    return (BASE, MUTATED_VIEW, INVERSE_RETURN_MODE, *index, *rest)
