"""The generators of random numbers that calls may draw from: torch's of the host, Python's, numpy's global one.

Read in place, without an operator: a torch that is spoiled need not be asked, and it takes two microseconds.
"""

from __future__ import annotations

import ctypes
import random
import struct
import sys
from typing import Any, NamedTuple

import torch

#: Where CPython keeps the state of a `random.Random`: behind the object's head, 624 words and the place among them.
_HEAD, _WORDS = object.__basicsize__, 624
_STATE_BYTES = 4 * (_WORDS + 1)


class Generators(NamedTuple):
    """The states of the generators, to be compared; numpy's is empty where numpy's has not been imported."""

    torch: bytes
    python: Any
    numpy: bytes


def _python_in_place() -> bytes:
    return ctypes.string_at(id(random._inst) + _HEAD, _STATE_BYTES)


def _lies_there() -> bool:
    """Whether Python's state is where CPython has it: any other Python is asked for a copy, which takes longer."""
    if sys.implementation.name != "cpython":
        return False
    words = random.getstate()[1]
    return _python_in_place() == struct.pack(f"=i{_WORDS}I", words[-1], *words[:-1])


_read_python = _python_in_place if _lies_there() else random.getstate


def _numpys() -> Any:
    module = sys.modules.get("numpy.random.mtrand")
    return None if module is None else module._rand._bit_generator


def _read_numpy() -> bytes:
    generator = _numpys()
    # One that somebody has put in its place is told by its name: its state may lie anywhere.
    if generator is None or type(generator).__name__ != "MT19937":
        return b"" if generator is None else repr(generator).encode()
    return ctypes.string_at(generator.ctypes.state_address, _STATE_BYTES)


class GeneratorsKept:
    """The generators as they were when this was made; puts back those that are not."""

    __slots__ = ("_torch", "states")

    def __init__(self) -> None:
        self._torch = torch.default_generator.get_state()
        self.states = Generators(_bytes_of(self._torch), _read_python(), _read_numpy())

    def moved(self) -> list[str]:
        """The names of those that were moved since, all put back."""
        before = self.states
        found = []
        if _bytes_of(torch.default_generator.get_state()) != before.torch:
            torch.default_generator.set_state(self._torch)
            found.append("torch's generator")
        if _read_python() != before.python:
            _write_python(before.python)
            found.append("Python's generator")
        if before.numpy and _read_numpy() != before.numpy:
            generator = _numpys()
            if type(generator).__name__ == "MT19937" and len(before.numpy) == _STATE_BYTES:
                ctypes.memmove(generator.ctypes.state_address, before.numpy, _STATE_BYTES)
            found.append("numpy's generator")
        return found


def _bytes_of(state: torch.Tensor) -> bytes:
    return ctypes.string_at(state.data_ptr(), state.nbytes)


def _write_python(state: Any) -> None:
    if not isinstance(state, bytes):
        random.setstate(state)
        return
    place, *words = struct.unpack(f"=i{_WORDS}I", state)
    version, _, gauss = random.getstate()
    random.setstate((version, (*words, place), gauss))
