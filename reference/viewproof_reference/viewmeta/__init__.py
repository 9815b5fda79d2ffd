"""The reference of torchgen's functionalization API: ViewMeta classes, from the text of an operator's schema alone.

It imports neither torch nor torchgen. `describe` and `answers` are the API of one view group, `all_live_classes` the
classes that a torch with these groups must have.
"""

from viewproof_reference.viewmeta.bindings import FIXED, Binding
from viewproof_reference.viewmeta.describe import (
    Answer,
    ClassApi,
    FixedBindings,
    GroupApi,
    ViewMetaApi,
    answer_text,
    answers,
    describe,
)
from viewproof_reference.viewmeta.group import ViewGroup, check_group, copy_name, is_view, view_group
from viewproof_reference.viewmeta.live import (
    BY_HAND,
    RETURN_MODES,
    LiveClass,
    Slot,
    all_live_classes,
    live_classes,
    recorded_tuple,
    sample_tuple,
    tuple_slots,
)
from viewproof_reference.viewmeta.names import class_name, forward_name, reverse_name
from viewproof_reference.viewmeta.refusal import REFUSED, ApiRefusal, Refused
from viewproof_reference.viewmeta.schema import Alias, Argument, Return, Schema, SchemaError, Type, parse_schema

__all__ = [
    "BY_HAND",
    "FIXED",
    "REFUSED",
    "RETURN_MODES",
    "Alias",
    "Answer",
    "ApiRefusal",
    "Argument",
    "Binding",
    "ClassApi",
    "FixedBindings",
    "GroupApi",
    "LiveClass",
    "Refused",
    "Return",
    "Schema",
    "SchemaError",
    "Slot",
    "Type",
    "ViewGroup",
    "ViewMetaApi",
    "all_live_classes",
    "answer_text",
    "answers",
    "check_group",
    "class_name",
    "copy_name",
    "describe",
    "forward_name",
    "is_view",
    "live_classes",
    "parse_schema",
    "recorded_tuple",
    "reverse_name",
    "sample_tuple",
    "tuple_slots",
    "view_group",
]
