"""Arguments of the operators that give the tensor back as it is, or converted: alias, detach, to in its overloads."""

from __future__ import annotations

from functools import cache
from typing import Any

from viewproof.generate.bases import EVERY, plain
from viewproof.generate.grid import Chain, Grid, KeywordCall
from viewproof.generate.registry import Calls, arguments
from viewproof.generate.reshape import formats
from viewproof_reference.layout.model import Layout


@arguments("alias.default", "detach.default", "lift_fresh.default", "lift.default")
@arguments("detach_.default", without=("view",))
def alone(_layout: Layout) -> Calls:
    return Calls([()], [])


@arguments("positive.default", dtypes="all")
def positive(layout: Layout) -> Calls:
    return Calls([], [()]) if layout.dtype == "bool" else Calls([()], [])


@cache
def converted(dtype: str, rank: int) -> tuple[str, ...]:
    """Dtypes to convert to: the base's own first and most often, then the others in turn."""
    start = EVERY.index(dtype)
    return (dtype, *(EVERY[(start + turn * 8 + rank) % len(EVERY)] for turn in range(len(EVERY))
                     if EVERY[(start + turn * 8 + rank) % len(EVERY)] != dtype))  # fmt: skip


@cache
def _kept(rank: int) -> tuple[str | None, ...]:
    return (None, "preserve_format", *formats(rank))


@cache
def _wrong(rank: int) -> tuple[str, ...]:
    return tuple(word for word in ("channels_last", "channels_last_3d") if word not in formats(rank))


@cache
def _to_dtype(dtype: str, rank: int) -> Calls:
    own = Chain([(dtype,)], Grid((dtype,), (False,), (False, True), _kept(rank)), [(dtype, True)])
    other = Chain(Grid(converted(dtype, rank)[1:]), Grid(converted(dtype, rank)[1:4], (False,), (True,), _kept(rank)))
    return Calls(Chain(own, other), Grid((dtype,), (False,), (True,), _wrong(rank)))


@arguments("to.dtype", dtypes="all", weight=4)
def to_dtype(layout: Layout) -> Calls:
    return _to_dtype(layout.dtype, len(layout.size))


@cache
def _to_device(dtype: str, rank: int) -> Calls:
    good = Chain(
        [("cpu", dtype)],
        Grid(("cpu",), (dtype,), (False,), (False, True), _kept(rank)),
        Grid(("cpu",), converted(dtype, rank)[1:]),
    )
    return Calls(good, Grid(("cpu",), (dtype,), (False,), (True,), _wrong(rank)))


@arguments("to.device", dtypes="all", weight=3)
def to_device(layout: Layout) -> Calls:
    return _to_device(layout.dtype, len(layout.size))


@cache
def _to_layout(dtype: str, rank: int) -> Calls:
    good: list[KeywordCall] = [KeywordCall((), ())]
    for turn, target in enumerate(converted(dtype, rank)):
        good.append(KeywordCall((), (("dtype", target),)))
        if turn < 3:
            good += [
                KeywordCall((), (("dtype", target), ("layout", "strided"))),
                KeywordCall((), (("dtype", target), ("device", "cpu"))),
                KeywordCall((), (("dtype", target), ("copy", True))),
            ]
    for word in _kept(rank):
        good += [KeywordCall((), (("copy", copy), ("memory_format", word))) for copy in (False, True)]
    good.append(KeywordCall((), (("layout", "strided"), ("device", "cpu"), ("non_blocking", True))))
    return Calls(good, [KeywordCall((), (("copy", True), ("memory_format", word))) for word in _wrong(rank)])


@arguments("to.dtype_layout", dtypes="all", weight=3)
def to_dtype_layout(layout: Layout) -> Calls:
    return _to_layout(layout.dtype, len(layout.size))


@cache
def _templates(dtype: str, rank: int) -> list[Any]:
    return [plain(target, (3, 2), (1, 3)) if turn % 2 else plain(target, (2,), (1,))
            for turn, target in enumerate(converted(dtype, rank))]  # fmt: skip


@cache
def _to_other(dtype: str, rank: int) -> Calls:
    every = _templates(dtype, rank)
    good = Chain(Grid(every), Grid(every[:2], (False,), (False, True), _kept(rank)))
    return Calls(good, Grid(every[:1], (False,), (True,), _wrong(rank)))


@arguments("to.other", dtypes="all", weight=3)
def to_other(layout: Layout) -> Calls:
    return _to_other(layout.dtype, len(layout.size))


@arguments("type_as.default", dtypes="all", weight=2)
def type_as(layout: Layout) -> Calls:
    return Calls(Grid(_templates(layout.dtype, len(layout.size))), [])


@arguments("_autocast_to_full_precision.default", dtypes="all", weight=2)
def full_precision(_layout: Layout) -> Calls:
    return Calls(Grid((False, True), (False, True)), [])


@arguments("_autocast_to_reduced_precision.default", dtypes="all", weight=2)
def reduced_precision(_layout: Layout) -> Calls:
    return Calls(Grid((False, True), (False, True), ("float16", "bfloat16"), ("bfloat16", "float16")), [])
