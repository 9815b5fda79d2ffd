"""Observes the live ViewMeta classes of the installed torch: which exist, their tuples' types, and their round trips.

Each is `torch._C._functionalization.NAME`, constructed from one tuple; its `as_tuple()` gives the tuple back, and its
pickle is that tuple. The reference of all three is `viewproof_reference.viewmeta.live`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from viewproof_reference.viewmeta import LiveClass

LIVE: Any = torch._C._functionalization
_SUFFIX = "_ViewMeta"


def live_class_names() -> frozenset[str]:
    """The ViewMeta classes of the installed torch, without their abstract base."""
    return frozenset(name for name in dir(LIVE) if name.endswith(_SUFFIX) and isinstance(getattr(LIVE, name), type))


#: How a signature of pybind11 spells the types of the schema language. The spellings differ with its version.
_SPELLINGS = (
    (r"typing\.SupportsInt(?: \| typing\.SupportsIndex)?", "int"),
    (r"(?:typing\.)?Union\[int, torch\.SymInt\]|int \| torch\.SymInt|torch\.SymInt", "SymInt"),
    (r"(?:collections\.abc\.Sequence|list|List|Sequence)\[(\w+)\]", r"\1[]"),
    (r"(?:typing\.)?Optional\[([\w.\[\]]+)\]", r"\1?"),
    (r"([\w.\]\[]+) \| None", r"\1?"),
    (r"torch\._C\._functionalization\.", ""),
    (r"torch\.Tensor", "Tensor"),
    (r"torch\.dtype", "ScalarType"),
    (r"(?:tuple|Tuple)\[(.*)\]", r"(\1)"),
)


def _schema_words(signature: str) -> str:
    for spelling, word in _SPELLINGS:
        signature = re.sub(spelling, word, signature)
    return signature


def observed_types(class_name: str) -> dict[str, str]:
    """The types in a live class's tuple, in words of the schemas, by its signatures of `constructor` and `as_tuple`.

    What is no signature of pybind11's is given as it stands. Raises KeyError for a class that is not there.
    """
    if class_name not in live_class_names():
        raise KeyError(f"live class {class_name}: wanted one of {', '.join(sorted(live_class_names()))}")
    live = getattr(LIVE, class_name)
    docs = {"constructor": live.__init__.__doc__, "as_tuple": getattr(getattr(live, "as_tuple", None), "__doc__", None)}
    signatures = {"constructor": r"\barg0: (.*)\) -> None", "as_tuple": r"-> (.*)"}
    return {what: _types_in(docs[what], signature) for what, signature in signatures.items()}


def _types_in(doc: object, signature: str) -> str:
    found = re.search(signature, doc) if isinstance(doc, str) else None
    return f"no signature: {doc!r}" if found is None else _schema_words(found[1].strip())


def _live_value(word: object, kind: str) -> object:
    """A plain value as a live class takes it: a word as the enum's member, a number as a Tensor with that element."""
    if word is None:
        return None
    match kind.removesuffix("?"):
        case "InverseReturnMode":
            return LIVE.InverseReturnMode.__members__[str(word)]
        case "ScalarType" | "Layout" | "MemoryFormat":
            return getattr(torch, str(word))
        case "Tensor":
            return torch.tensor([word])
        case _:
            return word


def _plain_value(value: object, kind: str) -> object:
    if value is None:
        return None
    match kind.removesuffix("?"):
        case "InverseReturnMode":
            return value.name  # type: ignore[attr-defined]
        case "ScalarType" | "Layout" | "MemoryFormat":
            return str(value).removeprefix("torch.")
        case "Tensor":
            return value.item()  # type: ignore[attr-defined]
        case _:
            return value


def plain_tuple(live: LiveClass, values: Iterable[object]) -> tuple[object, ...]:
    """The values of an `as_tuple()` as the reference spells them. Raises ValueError where there are more or fewer."""
    return tuple(_plain_value(value, slot.type) for value, slot in zip(values, live.slots, strict=True))


def round_trip(live: LiveClass, values: Sequence[object]) -> tuple[object, ...]:
    """The tuple that a live class constructed from `values` gives back; both in the reference's plain values.

    A class that keeps references to what it was given reads freed memory here, and may end the process: torch does so
    up to 2.13 for the classes that keep a Tensor, and for those written by hand.
    """
    given = tuple(_live_value(value, slot.type) for value, slot in zip(values, live.slots, strict=True))
    step = getattr(LIVE, live.name)(given)
    # The arguments are freed before the class is asked, as a step outlives the call that recorded it.
    del given
    return plain_tuple(live, step.as_tuple())
