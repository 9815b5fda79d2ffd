"""A view group: a view operator, its copy variant and its in-place variant, and when three schemas form one.

Source: the notes on view groups and on `view_copy` operators in torchgen/model.py. One fact about groups is in no
schema's text, and the caller has to pass it: whether the view is composite (CompositeImplicitAutograd).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import Argument, Return, Schema, parse_schema

_COPY = "_copy"
_SCATTER = "_scatter"
_INVERSE = "_inverse"


@dataclass(frozen=True, slots=True)
class ViewGroup:
    """The members of a group. `composite`: whether the view decomposes into others; None where that is not known."""

    view: Schema
    copy: Schema | None = None
    inplace: Schema | None = None
    composite: bool | None = None


def is_view(schema: Schema) -> bool:
    """Whether a return aliases an input unwritten, or an input enters the wildcard set."""
    aliased = any(value.alias is not None and not value.alias.written for value in schema.returns)
    return aliased or any(argument.alias is not None and argument.alias.wild for argument in schema.arguments)


def copy_name(view: Schema) -> str:
    """The name, overload included, of the copy variant of a view: `select_copy.int`; `slice_scatter` for an inverse."""
    name = view.name.removesuffix(_INVERSE) + _SCATTER if view.name.endswith(_INVERSE) else view.name + _COPY
    return f"{name}.{view.overload}" if view.overload else name


def _core(schema: Schema, name: str) -> tuple[str, tuple[Argument, ...], tuple[Return, ...]]:
    """What the members of a group have in common: the view's name, the arguments and returns without alias sets."""
    arguments = tuple(replace(argument, alias=None) for argument in schema.arguments)
    return name, arguments, tuple(Return(value.type) for value in schema.returns)


def _name_of_view(copy: Schema) -> str:
    if copy.name.endswith(_COPY):
        return copy.name.removesuffix(_COPY)
    if copy.name.endswith(_SCATTER):
        return copy.name.removesuffix(_SCATTER) + _INVERSE
    raise ApiRefusal(f"{copy.operator}: wanted a copy variant, whose name ends in {_COPY} or {_SCATTER}")


def _match(view: Schema, other: Schema, name: str) -> None:
    if _core(view, view.name) != _core(other, name):
        raise ApiRefusal(f"{other.operator}: wanted the signature of {view}, got {other}")


def check_group(group: ViewGroup) -> None:
    """Raise ApiRefusal where the members do not belong together, or where a member that must be there is not."""
    view, copy, inplace = group.view, group.copy, group.inplace
    if not is_view(view):
        raise ApiRefusal(f"{view.operator}: wanted a view, with an alias set on a return, got {view}")
    if copy is not None:
        if is_view(copy) or any(argument.written for argument in copy.arguments):
            raise ApiRefusal(f"{copy.operator}: wanted a copy variant without alias sets, got {copy}")
        _match(view, copy, _name_of_view(copy))
    elif group.composite is False and not view.name.endswith(_INVERSE):
        raise ApiRefusal(f"{view.operator}: not composite, so wanted its copy variant {copy_name(view)}, got none")
    if inplace is not None:
        if not (inplace.inplace and inplace.arguments and inplace.arguments[0].written):
            raise ApiRefusal(f"{inplace.operator}: wanted an in-place variant that writes self, got {inplace}")
        _match(view, inplace, inplace.name.removesuffix("_"))


def view_group(
    view: str, copy: str | None = None, inplace: str | None = None, *, composite: bool | None = None
) -> ViewGroup:
    """The group of three schema texts. Raises SchemaError for a bad text, ApiRefusal for a group that is none."""
    group = ViewGroup(
        parse_schema(view),
        None if copy is None else parse_schema(copy),
        None if inplace is None else parse_schema(inplace),
        composite,
    )
    check_group(group)
    return group
