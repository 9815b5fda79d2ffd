"""Torch's own functions, by name: which of them somebody has put another object in the place of.

A name that is new is a module that was imported late, and no fault; what `torch.Tensor` inherits is no new name. Nor is
it one that torch itself wraps a function of its own, as its compiler does once it is imported. What cannot be replaced
(the methods of torch's C classes) is not looked at.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional

#: Where they stand, by the name under which each is told.
_SPACES: dict[str, Any] = {
    "torch": torch,
    "torch.Tensor": torch.Tensor,
    "torch._C": torch._C,
    "torch.nn.functional": torch.nn.functional,
}
#: Follows the default dtype.
_FOLLOWING = frozenset({"Storage"})
_TORCH = str(Path(torch.__file__).parent)


def _wrapped_by_torch(function: Any, value: Any) -> bool:
    """Whether `function` is what torch's own code has made around `value`."""
    code = getattr(function, "__code__", None)
    return getattr(function, "__wrapped__", None) is value and code is not None and code.co_filename.startswith(_TORCH)


def _version_of(table: dict[str, Any]) -> ctypes.c_uint64:
    """The number beside a dict of CPython's that each change of it makes another one, read where it lies."""
    return ctypes.c_uint64.from_address(id(table) + object.__basicsize__ + 8)


def _versions_tell() -> bool:
    """Whether this Python keeps such a number. Where it does not, values are compared, which takes longer by far."""
    table: dict[str, Any] = {"first": None}
    version = _version_of(table)
    seen = [version.value, version.value]
    table["first"] = seen
    seen.append(version.value)
    table["second"] = None
    seen.append(version.value)
    return seen[0] == seen[1] and len(set(seen)) == 3


_VERSIONS_TELL = _versions_tell()


class _Space:
    """The names of one module or class as they were, in their order."""

    def __init__(self, word: str, owner: Any) -> None:
        self.word, self.owner = word, owner
        self.live: Mapping[str, Any] = vars(owner)
        table = self.live if isinstance(self.live, dict) else gc.get_referents(self.live)[0]
        self.version = _version_of(table)
        self.note()

    def note(self) -> None:
        self.noted = self.version.value
        self.names = list(self.live)
        self.values = list(self.live.values())

    def is_as_noted(self) -> bool:
        """Whether nothing at all has changed in it."""
        if _VERSIONS_TELL:
            return self.version.value == self.noted
        return [*self.live.values()] == self.values

    def replaced(self) -> list[tuple[str, Any, bool]]:
        """The names whose function is another one now, what each was, and whether it was there at all."""
        before = dict(zip(self.names, self.values, strict=True))
        found = [
            (name, value, True)
            for name, value in before.items()
            if callable(value)
            and name not in _FOLLOWING
            and (now := self.live.get(name)) is not value
            and not _wrapped_by_torch(now, value)
        ]
        if isinstance(self.owner, type):
            inherited = {name for base in self.owner.__mro__[1:] for name in vars(base)}
            found += [(name, None, False) for name in self.live if name not in before and name in inherited]
        return found


_spaces: list[_Space] = []


def note_functions() -> None:
    """Note torch's functions of now, against which `functions_replaced` compares, once a process."""
    if not _spaces:
        _spaces.extend([_Space(word, owner) for word, owner in _SPACES.items()])


def functions_replaced() -> list[str]:
    """The names of the functions that were replaced since they were noted, all put back where they can be.

    One microsecond where nothing has changed.
    """
    found = []
    for space in _spaces:
        if space.is_as_noted():
            continue
        for name, value, was_there in space.replaced():
            found.append(f"{space.word}.{name}")
            if was_there:
                setattr(space.owner, name, value)
            else:
                delattr(space.owner, name)
        space.note()
    return found
