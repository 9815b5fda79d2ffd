"""The names of a view's ViewMeta class, of the operators that its forward calls, and of the inverse for its reverse.

Source: torchgen/api/functionalization.py, `classname`, `name`, `reverse_name`.
"""

from __future__ import annotations

from viewproof_reference.viewmeta.group import ViewGroup, copy_name
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import Schema

NAMESPACE = "at::functionalization::"
SUFFIX = "_ViewMeta"


def flat_name(schema: Schema) -> str:
    """The overload as one C++ identifier: `select_int`, and `squeeze__dim` for `squeeze_.dim`."""
    return schema.operator.replace(".", "_")


def class_name(schema: Schema, *, namespaced: bool = False) -> str:
    """The ViewMeta class of a view or of an in-place view."""
    return f"{NAMESPACE if namespaced else ''}{flat_name(schema)}{SUFFIX}"


def _operator_call(schema: Schema) -> str:
    return f"at::_ops::{flat_name(schema)}::call"


def forward_name(group: ViewGroup, *, reapply_views: bool | None, namespaced: bool = True) -> str:
    """What the forward calls: the view where views are reapplied, its copy variant where they are not.

    Raises ApiRefusal for a group without copy variant, in both cases: such a view is never functionalized itself. Also
    where `reapply_views` is None, or the namespace is to be left out: a forward always knows which of the two it calls,
    and calls it by its whole name.
    """
    view = group.view.operator
    if reapply_views is None:
        raise ApiRefusal(f"{view}: wanted reapply_views True or False for a forward, got None")
    if not namespaced:
        raise ApiRefusal(f"{view}: wanted a forward's call with its namespace, got one without")
    if group.copy is None:
        raise ApiRefusal(f"{view}: wanted its copy variant {copy_name(group.view)}, got none")
    return _operator_call(group.view if reapply_views else group.copy)


def reverse_name(schema: Schema, *, namespaced: bool) -> str:
    """The inverse that the reverse calls, one for all return modes: in the class FunctionalInverses, or bare."""
    place = f"{NAMESPACE}FunctionalInverses::" if namespaced else ""
    return f"{place}{flat_name(schema)}_inverse"
