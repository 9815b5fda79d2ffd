"""viewproof's crossref beside torch's own, in one process and on the same calls: `python benchmarks/crossref.py`.

Both modes are entered once a round. Their first pass sees no call's signature (operator, layouts, arguments) that it
has seen before, their second sees them all again. A call is timed whole, with the functionalized call that is checked.
The clock is the process's own CPU time; rounds take turns, and each figure is the best of its rounds. Exits 1 where
viewproof is less than 4 times as fast on what is new, or less than 25 times on what was seen, with views reapplied.
"""

from __future__ import annotations

import argparse
import gc
import logging
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field

import torch
from tabulate import tabulate
from torch._subclasses.fake_tensor import FakeTensorMode

from peers import WARM_UP, Call, counted_crossref, functional
from throughput import build_calls
from viewproof_reference.replacements.crossref import (
    LENIENCY,
    Crossref,
    Functionalization,
    crossref,
    enable_python_dispatcher,
    functionalization,
    set_functionalization,
)

#: What viewproof has to be, in times of torch's speed: on signatures that are new, and on those seen before.
WANTED = (4.0, 25.0)


@dataclass(slots=True)
class Passes:
    """The rounds of one checker, in microseconds a call: the first pass and the second; what each pass checked."""

    name: str
    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    checked: str = ""


@contextmanager
def reapplied(views: bool) -> Iterator[None]:
    """Functionalization on, views reapplied or made copies; as it was afterwards."""
    before = functionalization()
    set_functionalization(Functionalization(on=True, reapplies_views=views))
    try:
        yield
    finally:
        set_functionalization(before)


def timed(calls: list[Call]) -> float:
    """Make every call once, and say what one cost in microseconds of CPU time; one that raises is timed too."""
    gc.collect()
    gc.disable()
    begin = time.process_time()
    for function, args, kwargs in calls:
        # A checker that rejects a call raises whatever it likes; its time counts.
        with suppress(Exception):
            function(*args, **kwargs)
    spent = time.process_time() - begin
    gc.enable()
    return spent / len(calls) * 1e6


@contextmanager
def torchs(views: bool) -> Iterator[Callable[[], str]]:
    """Torch's mode, entered once; what is given says how many calls its handler has checked since it was last asked."""
    counter = [0]

    def asked() -> str:
        found, counter[0] = counter[0], 0
        return f"{found} checked"

    FakeTensorMode.cache_clear()
    with counted_crossref(counter):
        set_functionalization(Functionalization(on=True, reapplies_views=views))
        yield asked


@contextmanager
def ours(views: bool) -> Iterator[Callable[[], str]]:
    """The reference's mode, entered once."""
    with reapplied(views), crossref() as mode:
        before = [0, 0]

        def asked() -> str:
            found = f"{mode.checked - before[0]} checked, {mode.anew - before[1]} anew, {mode.displaced} displaced"
            before[:] = mode.checked, mode.anew
            return found

        yield asked


@contextmanager
def nothing(views: bool) -> Iterator[Callable[[], str]]:
    """No checker: functionalization under the Python dispatcher, which both modes need."""
    with reapplied(views), enable_python_dispatcher():
        yield lambda: ""


def run(mode: Callable[[bool], AbstractContextManager[Callable[[], str]]], views: bool, calls: list[Call],
        passes: Passes) -> None:  # fmt: skip
    """One round of a checker: entered once, two passes."""
    warm = functional([WARM_UP])
    with mode(views) as asked:
        timed(warm)
        asked()
        passes.first.append(timed(calls))
        first = asked()
        passes.again.append(timed(calls))
        passes.checked = "; ".join(text for text in (first, asked()) if text)


def all_new(calls: list[Call]) -> list[Call]:
    """The calls that reach a handler, none of whose signatures was seen at a call before, and whose verdicts are kept.

    None is kept of a call on a nested or sparse tensor, which is checked anew each time: those are left out.
    """
    found: list[Call] = []
    with reapplied(True), crossref() as mode:
        for call in calls:
            function, args, kwargs = call
            if is_new(mode, function, args, kwargs):
                found.append(call)
    return found


def is_new(
    mode: Crossref, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> bool:
    """Make the call twice; whether it reached a handler, and everything that it called was new, and then known."""
    before = mode.checked, mode.anew
    try:
        function(*args, **kwargs)
        between = mode.checked, mode.anew
        function(*args, **kwargs)
    except RuntimeError:
        return False
    checked, anew = between[0] - before[0], between[1] - before[1]
    return checked == anew > 0 and mode.anew == between[1]


def compare(views: bool, calls: list[Call], rounds: int) -> tuple[float, float]:
    """Print the table of one way of functionalizing; how many times as fast viewproof is, first and again."""
    rows = [Passes("no checker"), Passes("torch's enable_crossref_functionalize"), Passes("viewproof's crossref")]
    for _ in range(rounds):
        for passes, mode in zip(rows, (nothing, torchs, ours), strict=True):
            run(mode, views, calls, passes)
    best = [(min(row.first), min(row.again)) for row in rows]
    torch_first, torch_again = best[1]
    table = [
        [row.name, first, torch_first / first, again, torch_again / again, row.checked]
        for row, (first, again) in zip(rows, best, strict=True)
    ]
    print(f"views {'reapplied' if views else 'made copies'}, {len(calls)} calls, best of {rounds} rounds")
    headers = [
        "checker", "us a call, first seen", "times torch", "us a call, seen before", "times torch", "in each pass",
    ]  # fmt: skip
    print(tabulate(table, headers, floatfmt=("", ",.1f", ",.1f", ",.1f", ",.1f", "")), end="\n\n")
    return torch_first / best[2][0], torch_again / best[2][1]


def main() -> int:
    parser = argparse.ArgumentParser(description="viewproof's crossref beside torch's own, in one run.")
    parser.add_argument("--cases", type=int, default=2000, help="how many cases the calls are taken from")
    parser.add_argument("--rounds", type=int, default=5, help="how often each mode is entered (default: 5)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    # A refusal is logged with its traceback before it is raised: that would be timed on both sides.
    logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, Python {platform.python_version()}\n")
    calls = all_new(functional(build_calls(options.cases)))
    ratios = compare(True, calls, options.rounds)
    compare(False, calls, options.rounds)
    print("Torch compares size, dtype and significant strides, and stops at the first difference. Not compared by it:")
    for fact, said in LENIENCY.items():
        print(f"  {fact}: {said}")
    met = [ratio >= wanted for ratio, wanted in zip(ratios, WANTED, strict=True)]
    print(f"\nwanted {WANTED[0]:g} and {WANTED[1]:g} times torch's speed, got {ratios[0]:.1f} and {ratios[1]:.1f}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
