"""The peers: bare eager and torch's own checkers, timed on calls that are built once, before any clock runs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch._dispatch.python as python_dispatch
from torch._subclasses.fake_utils import CrossRefFakeMode
from torch._subclasses.schema_check_mode import SchemaCheckMode
from torch.utils._pytree import tree_map

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
WARM_UP: Call = (torch.ops.aten.alias.default, (torch.zeros(1),), {})


#: Says what a checker has done since it was last asked, in words for a note.
Asked = Callable[[], str]


class Peer(NamedTuple):
    """A checker: the context that enters it, which gives an `Asked`, and the calls that it is to see."""

    name: str
    mode: Callable[[], AbstractContextManager[Asked]]
    calls: list[Call]


@dataclass(slots=True)
class Timing:
    """A checker's least cost of a call over all rounds, in microseconds of CPU time: the first pass, and the second.

    `refused` calls raised under the checker; they are counted, and timed too. `again` is None where there was one pass.
    """

    peer: str
    calls: int
    refused: int = 0
    first: float = float("inf")
    again: float | None = float("inf")
    note: str = ""


def nothing() -> str:
    """Says nothing: an `Asked` of a checker that does not count."""
    return ""


@contextmanager
def entered(mode: Callable[[], AbstractContextManager[Any]]) -> Iterator[Asked]:
    """A mode of torch's, entered; it counts nothing."""
    with mode():
        yield nothing


def timed(calls: list[Call]) -> tuple[float, int]:
    """Make every call once: what one cost in microseconds of this process's CPU time, and how many raised."""
    refused = 0
    gc.collect()
    gc.disable()
    begin = time.process_time()
    for function, args, kwargs in calls:
        try:
            function(*args, **kwargs)
        except Exception:  # noqa: BLE001 - a checker that rejects a call raises whatever it likes; it is counted
            refused += 1
    spent = time.process_time() - begin
    gc.enable()
    return spent / max(1, len(calls)) * 1e6, refused


def measure(peers: list[Peer], rounds: int) -> list[Timing]:
    """Two passes of each peer, in turns, `rounds` times: the first sees every call for the first time.

    Each is entered once a round, and makes one call before that is not measured: what a checker imports and builds
    once is no cost of a call.
    """
    timings = [Timing(peer.name, len(peer.calls)) for peer in peers]
    for _ in range(rounds):
        for peer, timing in zip(peers, timings, strict=True):
            with peer.mode() as asked:
                timed(functional([WARM_UP]) if python_dispatch.CROSSREF_FUNCTIONALIZE else [WARM_UP])
                asked()
                first, _ = timed(peer.calls)
                notes = [asked()]
                again, timing.refused = timed(peer.calls)
                notes.append(asked())
            timing.first, timing.again = min(first, timing.first), min(again, timing.again or again)
            timing.note = "; ".join(filter(None, notes))
    return timings


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


def torch_peers(calls: list[Call]) -> list[Peer]:
    """The bare call and torch's checkers of calls on ordinary tensors; that of functionalized ones is crossref.py's."""
    return [
        Peer("bare eager call", lambda: entered(nullcontext), calls),
        Peer("CrossRefFakeMode", lambda: entered(CrossRefFakeMode), calls),
        Peer("SchemaCheckMode", lambda: entered(SchemaCheckMode), calls),
    ]


def opcheck(calls: list[Call]) -> Timing:
    """torch.library.opcheck, on whole test sets: by far the slowest, so only a few calls, once."""
    spent, refused = timed([(torch.library.opcheck, call, {}) for call in calls])
    return Timing("torch.library.opcheck", len(calls), refused, spent, None)
