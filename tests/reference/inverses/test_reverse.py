"""The laws of a reverse, over strided bases of every kind and views of every shape; numpy as another authority."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from viewproof_reference.inverses import DataTensor, NewBase, Placement, ReturnMode, Sharing, filled, reverse
from viewproof_reference.inverses.forward import forward
from viewproof_reference.layout import DTYPES, Layout, Refusal, predict
from viewproof_reference.layout.positions import needed_bytes, overlaps, positions, touched_bytes

#: Each law is drawn for fewer cases than usual: there are many laws, and most cases differ in ways that few laws see.
LAW = settings(max_examples=40)
WRITTEN = [ReturnMode.NEVER_VIEW, ReturnMode.VIEW_OR_SCATTER]
DTYPE_WORDS = ("bool", "uint8", "int16", "int64", "bfloat16", "float32", "complex64", "complex32")


class Call(NamedTuple):
    """A view call: output `index` of `overload` on `base`, and other bytes for the same storage."""

    overload: str
    base: DataTensor
    index: int
    args: tuple[Any, ...]
    view: Layout
    other: bytes


@st.composite
def bases(draw: st.DrawFn) -> DataTensor:
    rank = draw(st.integers(0, 3))
    size = tuple(draw(st.lists(st.integers(0, 3), min_size=rank, max_size=rank)))
    stride = tuple(draw(st.lists(st.integers(0, 6), min_size=rank, max_size=rank)))
    dtype = draw(st.sampled_from(DTYPE_WORDS))
    conj = draw(st.booleans()) if DTYPES[dtype].kind == "complex" else False
    neg = draw(st.booleans()) if DTYPES[dtype].kind in ("float", "complex", "int") else False
    layout = Layout(size, stride, draw(st.integers(0, 3)), dtype, conj, neg)
    length = needed_bytes(layout) + draw(st.integers(0, 3)) * DTYPES[dtype].itemsize
    storage = bytes(1 + (7 * place) % 60 for place in range(length))
    return DataTensor(layout._replace(storage_bytes=length), storage)


def arguments(rank: int) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    """An overload with arguments that suit a base of this rank more often than not."""
    dim, number = st.integers(-rank, max(rank - 1, 0)), st.integers(-3, 3)
    some = st.integers(0, 3)
    sizes = st.lists(st.integers(-1, 6), max_size=4).map(tuple)

    def row(overload: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
        return st.tuples(st.just(f"aten.{overload}"), st.tuples(*parts))

    return st.one_of(
        row("select.int", dim, number),
        row("slice.Tensor", dim, number, number, st.integers(1, 2)),
        row("diagonal.default", number, dim, dim),
        row("permute.default", st.permutations(range(rank)).map(tuple)),
        row("transpose.int", dim, dim),
        row("unsqueeze.default", dim),
        row("squeeze.default"),
        row("expand.default", sizes),
        row("unfold.default", dim, st.integers(0, 3), st.integers(1, 2)),
        row("view.default", sizes),
        row("as_strided.default", st.tuples(some, some), st.tuples(some, some), some),
        row("split.Tensor", st.integers(1, 3), dim),
        row("unbind.int", dim),
        row("view.dtype", st.sampled_from(DTYPE_WORDS)),
        row("view_as_real.default"),
        row("real.default"),
        row("imag.default"),
        row("_conj.default"),
        row("_neg_view.default"),
        row("alias.default"),
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    base = draw(bases())
    overload, args = draw(arguments(len(base.layout.size)))
    try:
        outputs = predict(overload, [base.layout, *args], {})
    except Refusal:
        assume(False)
    assume(len(outputs) > 0)
    index = draw(st.integers(0, len(outputs) - 1))
    view = outputs[index].layout
    assert isinstance(view, Layout)
    assert outputs[index].shares == "self"
    other = bytes((value + 61) % 251 for value in base.storage)
    return Call(overload, base, index, args, view, other)


def mutated(call: Call, mode: ReturnMode) -> DataTensor:
    """The view with other values: where the view lies or, for a mode that asks no place, contiguous elsewhere."""
    there = DataTensor(call.view, call.other)
    if mode is ReturnMode.ALWAYS_VIEW:
        return there
    count = len(there.values)
    row = Layout((count,), (1,), 0, call.view.dtype)
    flat = filled(row, there.values)
    view = predict("aten.view.default", [flat.layout, call.view.size], {})[0].layout
    assert isinstance(view, Layout)
    return DataTensor(view, flat.storage)


def reversed_base(call: Call, mode: ReturnMode, changed: DataTensor | None = None) -> NewBase:
    changed = mutated(call, mode) if changed is None else changed
    return reverse(call.overload, call.base, changed, mode, call.index, call.args)


def known(values: tuple[bytes | None, ...]) -> tuple[bytes, ...]:
    assert None not in values
    return values  # type: ignore[return-value]


@LAW
@given(calls(), st.sampled_from(WRITTEN))
def test_the_forward_of_the_reverse_is_the_mutated_view(call: Call, mode: ReturnMode) -> None:
    """What the view names beside the base's elements is no part of the base, and can come back as it was only."""
    new = reversed_base(call, mode)
    again = filled(call.base.layout, known(new.values), call.base.storage)
    seen = forward(call.overload, again, call.index, call.args).values
    width, reach = DTYPES[call.view.dtype].itemsize, touched_bytes(call.base.layout)
    for place, one, wanted in zip(positions(call.view), seen, mutated(call, mode).values, strict=True):
        if reach.issuperset(range(place * width, (place + 1) * width)):
            assert one == wanted


@LAW
@given(calls())
def test_always_a_view_is_the_base_around_the_view(call: Call) -> None:
    changed = mutated(call, ReturnMode.ALWAYS_VIEW)
    new = reversed_base(call, ReturnMode.ALWAYS_VIEW)
    assert new.layout == call.base.layout
    assert (new.shares, new.placement) == (Sharing.VIEW, Placement.EXACT)
    assert forward(call.overload, DataTensor(new.layout, changed.storage), call.index, call.args) == changed


@LAW
@given(calls(), st.sampled_from(WRITTEN))
def test_places_outside_the_view_keep_the_bases_values(call: Call, mode: ReturnMode) -> None:
    new, old = reversed_base(call, mode), call.base.values
    width, reach = DTYPES[call.base.layout.dtype].itemsize, touched_bytes(call.view)
    for place, before, after in zip(positions(call.base.layout), old, new.values, strict=True):
        if reach.isdisjoint(range(place * width, (place + 1) * width)):
            assert after == before


@LAW
@given(calls(), st.sampled_from(ReturnMode))
def test_the_reverse_of_the_forward_is_the_base(call: Call, mode: ReturnMode) -> None:
    view = forward(call.overload, call.base, call.index, call.args)
    assert reversed_base(call, mode, view).values == call.base.values


@LAW
@given(calls(), st.sampled_from(ReturnMode))
def test_size_and_dtype_are_kept(call: Call, mode: ReturnMode) -> None:
    new, base = reversed_base(call, mode), call.base.layout
    assert (new.layout.size, new.layout.dtype) == (base.size, base.dtype)
    assert len(new.values) == len(call.base.values)


@LAW
@given(calls())
def test_modes_that_write_agree_and_differ_in_whose_storage_it_is(call: Call) -> None:
    copy, either = (reversed_base(call, mode) for mode in WRITTEN)
    assert copy.values == either.values
    assert (copy.shares, either.shares) == (Sharing.OWN, Sharing.EITHER)
    assert copy.layout[4:6] == (False, False)


@LAW
@given(calls(), st.sampled_from(WRITTEN))
def test_a_view_of_every_element_leaves_nothing_of_the_base(call: Call, mode: ReturnMode) -> None:
    assume(touched_bytes(call.base.layout) <= touched_bytes(call.view))
    other = call._replace(base=DataTensor(call.base.layout, bytes(len(call.base.storage))))
    assert reversed_base(call, mode).values == reversed_base(other, mode, mutated(call, mode)).values


@LAW
@given(calls())
def test_only_disagreement_leaves_a_value_open(call: Call) -> None:
    count = len(positions(call.view))
    width = DTYPES[call.view.dtype].itemsize
    row = Layout((count,), (1,), 0, call.view.dtype)
    flat = filled(row, [bytes([1 + index % 120]) * width for index in range(count)])
    apart = DataTensor(mutated(call, ReturnMode.NEVER_VIEW).layout, flat.storage)
    new = reversed_base(call, ReturnMode.NEVER_VIEW, apart)
    if not overlaps(call.view):
        assert None not in new.values


NUMPY = [
    ("aten.select.int", (1, 2), lambda base: base[:, 2]),
    ("aten.slice.Tensor", (1, 1, 4, 2), lambda base: base[:, 1:4:2]),
    ("aten.diagonal.default", (1, 0, 1), lambda base: np.diagonal(base, 1, 0, 1)),
    ("aten.transpose.int", (0, 1), lambda base: base.T),
    ("aten.view.default", ((2, 6),), lambda base: base.reshape(2, 6)),
    ("aten.expand.default", ((2, 3, 4),), lambda base: np.broadcast_to(base, (2, 3, 4))),
    ("aten.unfold.default", (1, 2, 1), lambda base: np.lib.stride_tricks.sliding_window_view(base, 2, 1)),
]


def seen_from(view, array):
    """The element of `array` that the view begins at."""
    return (view.__array_interface__["data"][0] - array.__array_interface__["data"][0]) // array.itemsize


@pytest.mark.parametrize(("overload", "args", "numpys"), NUMPY)
@pytest.mark.parametrize("mode", WRITTEN)
def test_the_values_are_those_of_numpys_write_through_its_view(overload, args, numpys, mode):
    """Numpy writes 1000 to each element of its view of the same array, as eager's `fill_` does."""
    array = np.arange(12, dtype=np.int64)
    base = DataTensor(Layout((3, 4), (4, 1), 0, "int64", storage_bytes=96), array.tobytes())
    seen = numpys(array.reshape(3, 4))
    view = np.lib.stride_tricks.as_strided(array[seen_from(seen, array) :], seen.shape, seen.strides, writeable=True)
    view[...] = 1000
    layout = Layout(view.shape, (0,) * view.ndim, 0, "int64", storage_bytes=8)
    new = reverse(overload, base, filled(layout, [(1000).to_bytes(8, "little")] * view.size), mode, 0, args)
    assert b"".join(known(new.values)) == array.tobytes()


ROW = DataTensor(Layout((2,), (1,), 0, "uint8", storage_bytes=2), b"\x01\x02")


def test_elements_on_one_place_are_no_sum():
    changed = filled(Layout((3, 2), (2, 1), 0, "uint8"), [b"\x05", b"\x02"] * 3)
    new = reverse("aten.expand.default", ROW, changed, ReturnMode.NEVER_VIEW, 0, [(3, 2)])
    assert new.values == (b"\x05", b"\x02")


def test_elements_on_one_place_that_disagree_leave_it_open():
    changed = filled(Layout((2, 2), (2, 1), 0, "uint8"), [b"\x05", b"\x02", b"\x06", b"\x02"])
    new = reverse("aten.expand.default", ROW, changed, ReturnMode.VIEW_OR_SCATTER, 0, [(2, 2)])
    assert new.values == (None, b"\x02")


def test_a_write_shows_in_every_element_of_a_base_that_overlaps_itself():
    base = DataTensor(Layout((3,), (0,), 0, "uint8", storage_bytes=1), b"\x01")
    new = reverse("aten.select.int", base, filled(Layout((), (), 0, "uint8"), [b"\x09"]), WRITTEN[0], 0, (0, 1))
    assert new.values == (b"\x09",) * 3


def test_a_view_that_may_scatter_gives_back_the_strides_that_it_is_given():
    base = DataTensor(Layout((2, 2), (1, 2), 0, "uint8", storage_bytes=4), bytes(4))
    call = ("aten.transpose.int", base)
    for stride, placement in (((2, 1), Placement.STRIDE), ((1, 2), Placement.FREE)):
        changed = filled(Layout((2, 2), stride, 0, "uint8"), [b"\x01"] * 4)
        assert reverse(*call, changed, ReturnMode.VIEW_OR_SCATTER, 0, (0, 1)).placement is placement


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (filled(Layout((2,), (1,), 0, "uint8"), [b"\x01"] * 2), "of size"),
        (filled(Layout((), (), 0, "int8"), [b"\x01"]), "of size"),
        (filled(Layout((), (), 0, "uint8"), [b"\x01"], bytes(2)), "where the view lies"),
        (filled(Layout((), (), 1, "uint8"), [b"\x01"]), "storage"),
    ],
)
def test_always_a_view_refuses_a_mutated_view_that_has_no_base_around_it(changed: DataTensor, reason: str):
    base = DataTensor(Layout((3,), (1,), 0, "uint8", storage_bytes=3), bytes(3))
    with pytest.raises(Refusal, match=reason):
        reverse("aten.select.int", base, changed, ReturnMode.ALWAYS_VIEW, 0, (0, 1))
