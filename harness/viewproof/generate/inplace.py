"""Arguments of the in-place operators that no out-of-place one shares: resize_, resize_as_ and set_."""

from __future__ import annotations

from functools import cache
from typing import Any

from viewproof.generate.bases import beside, plain
from viewproof.generate.grid import Chain, Grid, KeywordCall, unique
from viewproof.generate.registry import Calls, arguments, by_size
from viewproof.generate.roles import factorings, strides_within
from viewproof.generate.shape import aliased, templates
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

FORMATS = {4: "channels_last", 5: "channels_last_3d"}


@cache
def _resized(size: Size) -> tuple[Size, ...]:
    count = element_count(size)
    grown: tuple[Size, ...] = (
        size, (count + 5,), (), (0,), (1,), (2, 3), (2, 2, 2), (2, 2, 2, 2), (2, 2, 1, 2, 2), (*size, 2), (130,),
    )  # fmt: skip
    return unique(*grown, *factorings(count)[:12])


@arguments("resize_.default", weight=3, without=("grad",))
@by_size
def resize(size: Size) -> Calls:
    shaped = [
        KeywordCall((one,), (("memory_format", word),))
        for one in _resized(size)
        for word in (FORMATS.get(len(one)), "contiguous_format")
        if word is not None
    ]
    wrong = [((-1,),), ((2, -3),), KeywordCall(((2, 2),), (("memory_format", "channels_last"),)), ((2**62, 4),)]
    return Calls(Chain(Grid(_resized(size)), shaped), wrong)


@arguments("resize_as_.default", weight=2, without=("grad",))
def resize_as(layout: Layout) -> Calls:
    sizes = [one for one in _resized(layout.size) if element_count(one) <= 120]
    good = [one for size in sizes for one in templates(size, layout.dtype)]
    shaped = [
        KeywordCall((templates(size, layout.dtype)[0],), (("memory_format", word),))
        for size in sizes
        for word in (FORMATS.get(len(size)), "contiguous_format", "preserve_format")
        if word is not None
    ]
    wrong = [KeywordCall((templates((2, 2), layout.dtype)[0],), (("memory_format", "channels_last"),))]
    return Calls(Chain(Grid([*aliased(layout, sizes[:3]), *good]), shaped), wrong)


SOURCES: tuple[tuple[Size, Size, int], ...] = (
    ((), (), 0), ((4,), (1,), 0), ((2, 3), (3, 1), 0), ((2, 3), (1, 2), 1), ((3,), (2,), 2), ((2, 2), (0, 1), 0),
    ((0, 2), (2, 1), 0), ((1, 3), (9, 1), 1), ((2, 2, 2), (4, 2, 1), 3), ((2, 3), (4, 1), 0),
)  # fmt: skip


def _sources(layout: Layout) -> list[Any]:
    room = layout.storage_bytes // itemsize(layout.dtype)
    inside = strides_within(room)[:6] if room else ()
    return [*(plain(layout.dtype, *one) for one in SOURCES), *(beside(layout, *one) for one in inside)]


def _strangers(layout: Layout) -> list[Any]:
    other = "int16" if layout.dtype != "int16" else "float64"
    return [plain(other, (2, 3), (3, 1)), plain("float32" if layout.dtype == "int64" else "int64", (4,), (1,))]


@arguments("set_.source_Tensor", weight=2, without=("grad", "conj", "neg"))
def set_source(layout: Layout) -> Calls:
    return Calls(Grid(_sources(layout)), Grid(_strangers(layout)))


@arguments("set_.source_Tensor_storage_offset", weight=2, without=("grad", "conj", "neg"))
def set_source_offset(layout: Layout) -> Calls:
    good: list[tuple[Any, ...]] = []
    for source in _sources(layout):
        room = source.layout.storage_bytes // itemsize(layout.dtype)
        if source.layout.offset or source.layout.stride != contiguous_strides(source.layout.size):
            continue
        for size, stride, offset in strides_within(max(room, 1))[::3]:
            good.append((source, offset, size, stride))
            if stride == contiguous_strides(size):
                good.append((source, offset, size))
    dense = plain(layout.dtype, (4,), (1,))
    wrong = [(dense, -1, (2,), (1,)), (dense, 0, (2,), (-1,)), (dense, 0, (2, 2), (1,)), (dense, 0, (-1,), (1,))]
    wrong += [(stranger, 0, (2,), (1,)) for stranger in _strangers(layout)]
    return Calls(good, wrong)


@arguments("set_.default", without=("grad", "conj", "neg"))
def set_empty(_layout: Layout) -> Calls:
    return Calls([()], [])
