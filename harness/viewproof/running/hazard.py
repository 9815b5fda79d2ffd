"""Tries once, in a child process, calls that may end the process or read freed memory.

Some steps of functionalization hold a reference to an object that is gone when they are used. The effect differs from
run to run: a signal, a failed assertion, a wrong value. So the call is tried in a child first, and is made in this
process only with a torch in which it ends well there.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.func import functionalize

HAZARDOUS = frozenset({"aten.slice_inverse.default"})
"""Operators whose step holds a tensor of the call, and not the one that it must hold: unsafe whatever the case."""
MORTAL = frozenset({
    "aten.set_.default", "aten.set_.source_Tensor", "aten.set_.source_Tensor_storage_offset",
})  # fmt: skip
"""Operators that some cases die of: each case is tried in a child first."""
TRIES = 3
"""Children that must end well; one bad end is enough."""
REPEATS = 8
"""How often a child does the same: freed memory may still hold what was there once."""
_SECONDS = 20


def ending(action: Callable[[], Any]) -> str:
    """How `action` ends in a child that shares nothing with this process: `well`, `raises`, or a signal's name."""
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        signal.alarm(_SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            action()
        except BaseException:  # noqa: BLE001  the child ends here, whatever was raised
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return "raises" if status else "well"


def _ends_well(action: Callable[[], None]) -> bool:
    return ending(action) == "well"


def _reads_attributes(name: str) -> None:
    # A class that keeps its attributes has them every time it is asked.
    read: Any = torch._C._functionalization.get_view_meta_sequence
    aten = torch.ops.aten

    def program(x: torch.Tensor) -> torch.Tensor:
        view: torch.Tensor = aten.alias(x).resize_([2, 2]) if name == "resize_" else aten._unsafe_view(x, [2, 2])
        for _ in range(REPEATS):
            found = read(view)[-1].as_tuple()[1]
            if list(found) != [2, 2]:
                raise ValueError(f"{name}: wanted size [2, 2], got {found}")
        return view

    functionalize(program)(torch.zeros(4))


def _writes_inverse() -> None:
    # A view whose operator takes a second tensor, written through and read again.
    def program(x: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        view = torch.ops.aten.slice_inverse(x, other, 0, 0, 3, 1)
        view.copy_(torch.ones(3, 2))
        return x.clone(), view.clone()

    for _ in range(REPEATS):
        for found in functionalize(program)(torch.zeros(3, 2), torch.zeros(3, 2)):
            if not bool(found.eq(1).all()):
                raise ValueError(f"slice_inverse: wanted ones, got {found}")


@cache
def keeps_attributes(name: str) -> bool:
    """Whether the attributes of a step of class `name` (`_unsafe_view`, `resize_`) can be read at all."""
    return all(_ends_well(lambda: _reads_attributes(name)) for _ in range(TRIES))


@cache
def survives(operator: str) -> bool:
    """Whether a program around `operator` can run in this process: false for `HAZARDOUS` ones that fail in a child."""
    return operator not in HAZARDOUS or all(_ends_well(_writes_inverse) for _ in range(TRIES))
