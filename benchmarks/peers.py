"""The peers: bare eager and torch's own checkers, timed on calls that are built once, before any clock runs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch._dispatch.python as python_dispatch
from torch._subclasses.fake_utils import CrossRefFakeMode
from torch._subclasses.schema_check_mode import SchemaCheckMode
from torch.utils._pytree import tree_map

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
WARM_UP: Call = (torch.ops.aten.alias.default, (torch.zeros(1),), {})


@dataclass(frozen=True, slots=True)
class Timing:
    """One pass of a peer over the calls. `refused` calls raised under the peer; they are counted, and timed too."""

    peer: str
    calls: int
    refused: int
    microseconds: float
    note: str = ""


def timed(peer: str, calls: list[Call], note: str = "") -> Timing:
    """Make every call once, one after the other, and say what a call cost."""
    refused = 0
    begin = time.perf_counter()
    for function, args, kwargs in calls:
        try:
            function(*args, **kwargs)
        except Exception:  # noqa: BLE001 - a checker that rejects a call raises whatever it likes; it is counted
            refused += 1
    spent = time.perf_counter() - begin
    return Timing(peer, len(calls), refused, spent / max(1, len(calls)) * 1e6, note)


def warm() -> None:
    """One call that is not measured: what a checker imports and builds once a process is no cost of a call."""
    timed("", functional([WARM_UP]) if python_dispatch.CROSSREF_FUNCTIONALIZE else [WARM_UP])


def passes(peer: str, calls: list[Call], mode: Callable[[], AbstractContextManager[Any]]) -> list[Timing]:
    """Two passes under one entry of a mode: the first sees every call for the first time."""
    with mode():
        warm()
        return [timed(f"{peer}, first seen", calls), timed(f"{peer}, seen before", calls)]


def functional(calls: list[Call]) -> list[Call]:
    """The same calls on functional wrappers: the only inputs on which torch's functionalize crossref is called."""

    def wrap(value: Any) -> Any:
        return torch._to_functional_tensor(value) if isinstance(value, torch.Tensor) else value

    wrapped: list[Call] = []
    for function, args, kwargs in calls:
        try:
            wrapped.append((function, tree_map(wrap, args), tree_map(wrap, kwargs)))
        except RuntimeError:
            continue  # no functional wrapper for this layout; counted in the note
    return wrapped


@contextmanager
def counted_crossref(counter: list[int]) -> Iterator[None]:
    """Torch's crossref with views reapplied, entered once; `counter[0]` counts the calls that its handler checked."""
    make = python_dispatch.make_crossref_functionalize

    def counting(op: Any, key: Any) -> Any:
        handler: Any = make(op, key)
        if not callable(handler):
            return handler

        def checked(*args: Any, **kwargs: Any) -> Any:
            counter[0] += 1
            return handler(*args, **kwargs)

        return checked

    python_dispatch.make_crossref_functionalize = counting  # type: ignore[assignment]  # it has the same calls
    try:
        torch._enable_functionalization(reapply_views=True)
        try:
            with python_dispatch.enable_crossref_functionalize():
                yield
        finally:
            torch._disable_functionalization()
    finally:
        python_dispatch.make_crossref_functionalize = make


def crossref_functionalize(calls: list[Call]) -> list[Timing]:
    """Torch's `enable_crossref_functionalize`, with a count that shows that it did run."""
    counter = [0]
    timings = []
    wrapped = functional(calls)
    with counted_crossref(counter):
        warm()
        for pass_name in ("first seen", "seen before"):
            counter[0] = 0
            timing = timed(f"enable_crossref_functionalize, {pass_name}", wrapped)
            note = f"{counter[0]} calls checked, {len(calls) - len(wrapped)} have no functional wrapper"
            timings.append(Timing(timing.peer, timing.calls, timing.refused, timing.microseconds, note))
    return timings


def opcheck(calls: list[Call]) -> Timing:
    """torch.library.opcheck, on whole test sets: by far the slowest, so only a few calls."""
    return timed("torch.library.opcheck", [(torch.library.opcheck, call, {}) for call in calls])


def all_peers(calls: list[Call], opchecks: int) -> list[Timing]:
    """Every peer, in this process, on these calls; the eager loop runs first and once more to be warm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a beta layout's warning, printed within a timed loop, would be the cost
        return [
            *passes("bare eager call", calls, nullcontext),
            *crossref_functionalize(calls),
            *passes("CrossRefFakeMode", calls, CrossRefFakeMode),
            *passes("SchemaCheckMode", calls, SchemaCheckMode),
            opcheck(calls[:: max(1, len(calls) // max(1, opchecks))][:opchecks]),
        ]
