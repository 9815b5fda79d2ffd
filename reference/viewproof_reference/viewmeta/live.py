"""The live ViewMeta classes, `torch._C._functionalization.NAME`: which there are, and what their tuples hold.

A live class is constructed from one tuple and gives it back as `as_tuple()`: the base constructor's arguments, then the
attributes, in order. The types are words of the schema language, `InverseReturnMode` among them.

Source: gen_functionalization_view_meta_classes in torchgen/gen_functionalization_type.py (a class for every view and
in-place view of a group that does not decompose), ATen/FunctionalizeFallbackKernel.h (two classes written by hand).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from viewproof_reference.viewmeta import bindings
from viewproof_reference.viewmeta.group import ViewGroup
from viewproof_reference.viewmeta.names import class_name
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import Schema, Type

RETURN_MODES = ("AlwaysView", "NeverView", "ViewOrScatterInverse")
_MODE = "InverseReturnMode"

_FIXED_TYPES = {
    bindings.HAS_SYMBOLIC_INPUTS.name: "bool",
    bindings.OUT_INDEX.name: "int",
    bindings.REAPPLY_VIEWS.name: "bool",
    bindings.INVERSE_RETURN_MODE.name: _MODE,
}


class Slot(NamedTuple):
    """One place of a class's tuple: the type, as a schema spells it (sizes of lists left out), and the name."""

    type: str
    name: str


class LiveClass(NamedTuple):
    """A class that must exist, why, and its tuple: what the constructor takes and `as_tuple` gives back."""

    name: str
    reason: str
    slots: tuple[Slot, ...]

    @property
    def types(self) -> str:
        """The tuple's types in order, as one text."""
        return f"({', '.join(slot.type for slot in self.slots)})"


def _erased(type: Type) -> str:
    return type.base + "".join("?" if wrap == "?" else "[]" for wrap in type.wraps)


def tuple_slots(schema: Schema) -> tuple[Slot, ...]:
    """The tuple of the class of a view or in-place view. Raises ApiRefusal where the first argument is no Tensor."""
    if schema.operator in BY_HAND:
        return BY_HAND[schema.operator].slots
    fixed = (*bindings.base_constructor_arguments(schema), bindings.REAPPLY_VIEWS, bindings.INVERSE_RETURN_MODE)
    kept = (Slot(_erased(argument.type), argument.name) for argument in bindings.arguments_after_self(schema))
    return (*(Slot(_FIXED_TYPES[binding.name], binding.name) for binding in fixed), *kept)


#: The classes of two operators that alias and are no views by their schema: functionalization's fallback uses them.
#: They have one return mode only; that of a resize has no symbolic sizes.
BY_HAND = {
    "_unsafe_view": LiveClass(
        "_unsafe_view_ViewMeta", "written by hand", (Slot("bool", "has_symbolic_inputs"), Slot("SymInt[]", "size"))
    ),
    "resize_": LiveClass("resize__ViewMeta", "written by hand", (Slot("bool", "reapply_views"), Slot("int[]", "size"))),
}


def live_classes(group: ViewGroup) -> tuple[LiveClass, ...]:
    """The classes of a group; none if its view is composite, as it is decomposed before functionalization.

    Raises ApiRefusal where it is not known whether the view is composite.
    """
    if group.composite is None:
        raise ApiRefusal(f"{group.view.operator}: wanted composite True or False, got None")
    if group.composite:
        return ()
    made = [LiveClass(class_name(group.view), "a view that is not composite", tuple_slots(group.view))]
    if group.inplace is not None:
        reason = f"the in-place variant of {group.view.operator}"
        made.append(LiveClass(class_name(group.inplace), reason, tuple_slots(group.inplace)))
    return tuple(made)


def sample_tuple(live: LiveClass) -> tuple[object, ...]:
    """Values for the tuple of a class, each unlike the others of its type as far as the type allows.

    Plain values: a return mode and a dtype are words, a Tensor is the number that is its one element. An optional has
    a value; a bool is whether its place is odd.
    """
    return tuple(_sample(slot.type.removesuffix("?"), place) for place, slot in enumerate(live.slots))


def _sample(kind: str, place: int) -> object:
    if kind.endswith("[]"):
        return [_sample(kind.removesuffix("[]"), 10 * (place + 1) + more) for more in range(2)]
    if kind not in _SAMPLES:
        raise ApiRefusal(f"type {kind}: wanted one of {', '.join(_SAMPLES)}, for a sample")
    return _SAMPLES[kind](place)


_SAMPLES: dict[str, Callable[[int], object]] = {
    "bool": lambda place: place % 2 == 1,
    "int": lambda place: place + 100,
    "SymInt": lambda place: place + 200,
    "Tensor": lambda place: place + 300,
    "float": lambda place: place + 0.5,
    "InverseReturnMode": lambda place: RETURN_MODES[place % len(RETURN_MODES)],
    "ScalarType": lambda _: "float64",
    "Layout": lambda _: "strided",
    "MemoryFormat": lambda _: "channels_last",
}
