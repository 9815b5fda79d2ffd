"""The view steps that functionalization recorded on a tensor, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from viewproof.running.hazard import keeps_attributes
from viewproof.tensors.facts import DTYPE_WORD

_functionalization: Any = torch._C._functionalization

#: A function that gives the recorded steps of a tensor of the target's kind.
OpenSteps = Callable[[torch.Tensor], Any]
open_steps: OpenSteps = _functionalization.get_view_meta_sequence
apply_steps: Callable[[torch.Tensor, Any], torch.Tensor] = _functionalization.apply_view_meta_sequence

_SUFFIX = "_ViewMeta"
UNREADABLE = ("freed memory",)
"""Stands for the attributes of a step whose `as_tuple` reads memory that was freed."""


_NUMBERS = frozenset({int, bool, type(None)})
_NAMES: dict[type, str] = {}
_DOUBTFUL = frozenset({"_unsafe_view", "resize_"})
#: The words of enumerations, by class and number: to ask each for its name takes longer than all the rest.
_WORDS: dict[type, dict[int, str]] = {}


def _name(kind: type) -> str:
    found = _NAMES.get(kind)
    if found is None:
        found = _NAMES[kind] = kind.__name__.removesuffix(_SUFFIX)
    return found


def _plain(value: Any) -> Any:
    kind = type(value)
    words = _WORDS.get(kind)
    if words is not None:
        return words[int(value)]
    if kind is list:
        return tuple(value)
    if isinstance(value, torch.Tensor):
        return "a tensor"
    if kind is torch.dtype:
        return DTYPE_WORD[value]
    members: dict[str, Any] | None = getattr(kind, "__members__", None)
    if members is None:
        return value
    _WORDS[kind] = {int(one): name for name, one in members.items()}
    return _WORDS[kind][int(value)]


def read_steps(sequence: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The steps as (class without its suffix, attributes).

    In some torch versions `as_tuple` of two classes reads freed memory (see hazard.py): there the attributes are
    `UNREADABLE`.
    """
    found = []
    for step in sequence:
        name = _NAMES.get(type(step)) or _name(type(step))
        if name in _DOUBTFUL and not keeps_attributes(name):
            found.append((name, UNREADABLE))
        else:
            values = [value if type(value) in _NUMBERS else _plain(value) for value in step.as_tuple()]
            found.append((name, tuple(values)))
    return tuple(found)
