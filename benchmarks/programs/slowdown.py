"""How much slower a program gets under viewproof and under torch's two checkers, in one process, one after the other.

Times are process time of this one process on one thread: what else the machine does hardly moves them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_utils import CrossRefFakeMode
from torch.nn.utils.stateless import _reparametrize_module

import viewproof
from peers import counted_crossref
from programs.program import Running
from viewproof.live.kept import VERDICTS

#: A measured time is the least of so many, or of as many as fit into so many seconds.
ROUNDS, SECONDS = 5, 2.0


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Multiples of the bare time; None where the checker stopped, and `note` says at what."""

    first: float | None
    later: float | None
    note: str = ""


def seconds(action: Callable[[], object]) -> float:
    """Process seconds of one run."""
    began = time.process_time()
    action()
    return time.process_time() - began


def _least(action: Callable[[], object]) -> float:
    times = [seconds(action)]
    while len(times) < ROUNDS and sum(times) < SECONDS:
        times.append(seconds(action))
    return min(times)


def bare(running: Running) -> float:
    """Seconds of a training step without any checker, the first left out."""
    running.step()
    return _least(running.step)


def under_viewproof(running: Running, unit: float) -> Slowdown:
    """A training step in `viewproof.crossref()`: seen for the first time with all its runs by name, and later on."""
    VERDICTS.drop()
    first_block = viewproof.crossref()

    def whole() -> None:
        with first_block:
            running.step()

    first = seconds(whole)
    with viewproof.crossref(again=False):
        running.step()
        later = _least(running.step)
    runs = first_block.findings.counts["runs by name"]
    return Slowdown(first / unit, later / unit, f"{runs} runs by name in the first")


def under_fake_crossref(running: Running, unit: float) -> Slowdown:
    """A training step in torch's CrossRefFakeMode."""
    try:
        with CrossRefFakeMode():
            first = seconds(running.step)
            later = _least(running.step)
    except Exception as error:  # noqa: BLE001  a checker that stops raises whatever it likes: that is the result
        return Slowdown(None, None, stops(error))
    return Slowdown(first / unit, later / unit)


def under_functional_crossref(running: Running) -> Slowdown:
    """A forward pass functionalized in torch's enable_crossref_functionalize, against the bare forward pass.

    Torch's crossref looks at functional inputs only, and knows no backward pass: inputs, parameters and buffers are
    wrapped anew each time.
    """
    counter = [0]
    with torch.no_grad():
        running.forward()
        unit = _least(running.forward)

        def wrapped() -> None:
            wrap: Any = torch._to_functional_tensor
            inputs = {name: wrap(value) for name, value in running.inputs.items()}
            held = {**dict(running.model.named_parameters()), **dict(running.model.named_buffers())}
            with _reparametrize_module(running.model, {name: wrap(value.detach()) for name, value in held.items()}):
                running.forward(inputs)

        try:
            with counted_crossref(counter):
                first = seconds(wrapped)
                later = _least(wrapped)
        except Exception as error:  # noqa: BLE001  a checker that stops raises whatever it likes: that is the result
            return Slowdown(None, None, f"after {counter[0]} calls checked: {stops(error)}")
    return Slowdown(first / unit, later / unit, f"forward only, {counter[0]} calls checked")


def stops(error: Exception) -> str:
    """What a checker stopped at, in a line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"stops: {type(error).__name__}: {lines[0][:140] if lines else ''}"


def all_slowdowns(running: Running) -> tuple[float, Slowdown, Slowdown, Slowdown]:
    """Bare seconds, and the slowdown under viewproof, CrossRefFakeMode and torch's functionalize crossref."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unit = bare(running)
        return (
            unit,
            under_viewproof(running, unit),
            under_fake_crossref(running, unit),
            under_functional_crossref(running),
        )
