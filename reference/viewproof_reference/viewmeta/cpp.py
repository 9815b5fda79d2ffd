"""The C++ spelling of a schema's types: as an argument that borrows, and as a member that owns.

Source: the dispatcher's calling convention (torchgen/api/dispatcher.py), always with symbolic integers. What a ViewMeta
keeps lives longer than the call that recorded it, so that an owned type is never a reference and never a view of
memory that another object owns (no `&`, no ArrayRef, no string_view).
"""

from __future__ import annotations

from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import Type

#: Types that are passed by value, and their C++ names.
VALUES = {
    "int": "int64_t",
    "float": "double",
    "bool": "bool",
    "str": "c10::string_view",
    "SymInt": "c10::SymInt",
    "SymBool": "c10::SymBool",
    "Generator": "at::Generator",
    "ScalarType": "at::ScalarType",
    "Layout": "at::Layout",
    "Device": "at::Device",
    "DeviceIndex": "at::DeviceIndex",
    "MemoryFormat": "at::MemoryFormat",
    "QScheme": "at::QScheme",
    "Storage": "at::Storage",
    "Stream": "at::Stream",
    "DimVector": "at::DimVector",
    "Dimname": "at::Dimname",  # named tensors: gone since torch 2.13
}
#: Types that are passed by reference, and what the reference is to.
OBJECTS = {"Tensor": "at::Tensor", "Scalar": "at::Scalar"}

_LISTS = {
    "int": "at::IntArrayRef",
    "SymInt": "c10::SymIntArrayRef",
    "Tensor": "at::TensorList",
    "Dimname": "at::DimnameList",
    "Tensor?": "const c10::List<::std::optional<at::Tensor>> &",
    "Scalar": "at::ArrayRef<at::Scalar>",
}
_OPTIONAL_LISTS = {"int": "at::OptionalIntArrayRef", "SymInt": "at::OptionalSymIntArrayRef"}
_OWNING_LISTS = {"Tensor?": "c10::List<::std::optional<at::Tensor>>"}


def reference_to(word: str) -> str:
    """A constant reference to a C++ type."""
    return f"const {word} &"


def _plain(type: Type, words: dict[str, str]) -> str:
    if type.base not in words:
        raise ApiRefusal(f"type {type}: wanted one of {', '.join(sorted(words))}, got {type.base}")
    return words[type.base]


def _flags(type: Type) -> str:
    if type.size is None:
        raise ApiRefusal(f"type {type}: wanted a list of bools of a fixed size, such as bool[3], got one of any size")
    return f"::std::array<bool,{type.size}>"


def borrowed(type: Type, *, written: bool = False) -> str:
    """The C++ type of an argument. Raises ApiRefusal for a type that the dispatcher's convention does not spell."""
    if not type.wraps:
        if type.base == "Tensor" and written:
            return "at::Tensor &"
        return reference_to(OBJECTS[type.base]) if type.base in OBJECTS else _plain(type, VALUES)
    inner = type.inner
    if type.optional:
        if inner == Type("Tensor") and written:
            return "at::Tensor &"
        if not inner.wraps and inner.base in OBJECTS:
            return reference_to(f"::std::optional<{OBJECTS[inner.base]}>")
        if inner.listed and str(inner.inner) in _OPTIONAL_LISTS:
            return _OPTIONAL_LISTS[str(inner.inner)]
        return f"::std::optional<{borrowed(inner, written=written)}>"
    if inner == Type("bool"):
        return _flags(type)
    return _LISTS.get(str(inner)) or f"at::ArrayRef<{borrowed(inner, written=written)}>"


def owned(type: Type) -> str:
    """The C++ type of a member that keeps an argument. Raises ApiRefusal as `borrowed` does."""
    if not type.wraps:
        return "::std::string" if type.base == "str" else _plain(type, VALUES | OBJECTS)
    inner = type.inner
    if type.optional:
        return f"::std::optional<{owned(inner)}>"
    if inner == Type("bool"):
        return _flags(type)
    return _OWNING_LISTS.get(str(inner)) or f"::std::vector<{owned(inner)}>"
