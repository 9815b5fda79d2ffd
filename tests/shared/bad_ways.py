"""Kernels that do their worst, one way an operator, to calls whose operand has the size that says so; see `WAYS`.

`viewproof run --import bad_ways` puts them in, where $BAD_WAYS is set. What forks or takes memory does so once a call,
and not without end; the test that runs it says how much memory a worker may take.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

VARIABLE = "BAD_WAYS"
#: The first size of the operand of a call that goes wrong.
GUILTY = 3


class Way(NamedTuple):
    """A way to do harm: the operator, the rest of its call after the operand, what it does, and what is made of it.

    The verdict is that of the guilty case, `difference` the shape of its failure.
    """

    operator: str
    arguments: str
    harm: Callable[[], Any]
    verdict: str
    difference: str


def segfaults() -> None:
    ctypes.string_at(0)


def exits() -> None:
    os._exit(0)


def leaves_python() -> None:
    sys.exit(0)


def interrupts() -> None:
    raise KeyboardInterrupt


def kills_its_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def kills_its_group() -> None:
    os.killpg(0, signal.SIGKILL)


def hangs() -> None:
    while True:
        pass


def takes_memory() -> None:
    held = bytearray(512 << 20)
    for place in range(0, len(held), 4096):
        held[place] = 1
    time.sleep(60)


def corrupts_the_heap() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    block = library.malloc(64)
    ctypes.memset(block - 16, 0x41, 16)
    library.free(ctypes.c_void_p(block))


def prints() -> None:
    os.write(2, b"x" * (1 << 20))
    print("y" * (1 << 20))


def forks() -> None:
    os.fork()


def starts_a_thread() -> None:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


def replaces_a_function() -> None:
    torch.add = lambda *_, **__: None  # type: ignore[assignment]


def leaves_grad_mode() -> None:
    torch.set_grad_enabled(False)


WAYS = (
    Way("aten.select.int", ", 0, 1", segfaults, "crash", "SIGSEGV"),
    Way("aten.slice.Tensor", ", 0, 1", exits, "crash", "exit 0"),
    Way("aten.unsqueeze.default", ", 0", leaves_python, "fail", "raises SystemExit"),
    Way("aten.expand.default", ", [3,4]", interrupts, "fail", "raises KeyboardInterrupt"),
    Way("aten.permute.default", ", [1,0]", kills_its_parent, "crash", "SIGKILL"),
    Way("aten.diagonal.default", "", kills_its_group, "crash", "SIGKILL"),
    Way("aten.unfold.default", ", 0, 1, 1", hangs, "timeout", "timeout"),
    Way("aten.squeeze.default", "", takes_memory, "crash", "memory"),
    Way("aten.transpose.int", ", 0, 1", corrupts_the_heap, "crash", "SIGABRT"),
    Way("aten.alias.default", "", prints, "pass", ""),
    Way("aten._neg_view.default", "", forks, "fail", "left changed: child processes"),
    Way("aten.squeeze.dim", ", 0", starts_a_thread, "fail", "left changed: threads"),
    Way("aten.detach.default", "", replaces_a_function, "fail", "left changed: torch.add replaced"),
    Way("aten.view.default", ", [-1]", leaves_grad_mode, "fail", "left changed: grad mode"),
)


def case_of(way: Way, size: int = GUILTY) -> str:
    """The name of a call of the way's operator on an operand of `size` rows."""
    return f"{way.operator}(float32[{size},4]{way.arguments.replace('[3,', f'[{size},')})"


_LIBRARY = torch.library.Library("aten", "IMPL")


def install(way: Way) -> None:
    """Register the way's kernel, in this process, until it ends."""
    short = way.operator.removeprefix("aten.").removesuffix(".default")
    bound = torch.library.get_kernel(f"aten::{short}", "CPU")

    def kernel(keys: torch.DispatchKeySet, *args: Any, **kwargs: Any) -> Any:
        if args[0].dim() and args[0].size(0) == GUILTY:
            way.harm()
        return bound.call_boxed(keys, *args, **kwargs)

    with warnings.catch_warnings(action="ignore"):  # torch warns that a kernel is overridden
        _LIBRARY.impl(short, kernel, "CPU", with_keyset=True, allow_override=True)


if VARIABLE in os.environ:
    for _way in WAYS:
        install(_way)
