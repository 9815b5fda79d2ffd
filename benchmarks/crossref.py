"""viewproof's checkers of calls beside torch's functionalize crossref: what the rows of that table are.

The calls are those whose every signature (operator, layouts, arguments) is new at a first pass, made on functional
wrappers where a checker needs them. No verdict is given here: `benchmarks/throughput.py` times the passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch._subclasses.fake_tensor import FakeTensorMode

import viewproof
from peers import Asked, Call, Peer, counted_crossref, functional, nothing
from viewproof.live.known import forget_known
from viewproof_reference.replacements.crossref import (
    Crossref,
    Functionalization,
    crossref,
    enable_python_dispatcher,
    functionalization,
    set_functionalization,
)


@contextmanager
def reapplied(views: bool) -> Iterator[None]:
    """Functionalization on, views reapplied or made copies; as it was afterwards."""
    before = functionalization()
    set_functionalization(Functionalization(on=True, reapplies_views=views))
    try:
        yield
    finally:
        set_functionalization(before)


@contextmanager
def torchs(views: bool) -> Iterator[Asked]:
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
def references(views: bool) -> Iterator[Asked]:
    """The reference's mode, entered once."""
    with reapplied(views), crossref() as mode:
        before = [0, 0]

        def asked() -> str:
            found = f"{mode.checked - before[0]} checked, {mode.anew - before[1]} anew, {mode.displaced} displaced"
            before[:] = mode.checked, mode.anew
            return found

        yield asked


@contextmanager
def live() -> Iterator[Asked]:
    """`viewproof.crossref()`, entered once, nothing known of any call; its runs by name afterwards are left out."""
    forget_known()
    block = viewproof.crossref(again=False)
    with block:
        before = [0, 0]

        def asked() -> str:
            found = f"{block.watched - before[0]} checked, {block.kinds - before[1]} anew"
            before[:] = block.watched, block.kinds
            return found

        yield asked
    if block.findings.errors:
        raise RuntimeError(f"viewproof.crossref: wanted no errors of its own, got {block.findings.errors[:3]}")


@contextmanager
def dispatched(views: bool) -> Iterator[Asked]:
    """No checker: functionalization under the Python dispatcher, which both modes of crossref need."""
    with reapplied(views), enable_python_dispatcher():
        yield nothing


def crossref_rows(calls: list[Call], views: bool) -> list[Peer]:
    """Torch's mode first, then viewproof's, and what each costs without a checker; `views` says whether reapplied.

    `calls` are of ordinary tensors. The live mode checks those; the other two what is called on functional wrappers.
    """
    wrapped = functional(calls)
    return [
        Peer("torch's enable_crossref_functionalize", lambda: torchs(views), wrapped),
        Peer("viewproof.crossref(), the live mode", live, calls),
        Peer("viewproof_reference's crossref", lambda: references(views), wrapped),
        Peer("no checker: functionalization, Python dispatcher", lambda: dispatched(views), wrapped),
    ]


def all_new(calls: list[Call]) -> list[Call]:
    """The calls that reach a handler, none of whose signatures was seen at a call before, and whose verdicts are kept.

    None is kept of a call on a nested or sparse tensor, which is checked anew each time: those are left out.
    """
    found: list[Call] = []
    with reapplied(True), crossref() as mode:
        for call in calls:
            # None where the layout has no functional wrapper.
            found += [call for wrapped in functional([call]) if is_new(mode, *wrapped)]
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
