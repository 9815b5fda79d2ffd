"""The program by positions: small ones by hand, and the laws that any view must keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Output
from viewproof_reference.programs import copied_base, overlaps, resolved, run_program


def view(layout, shares="self"):
    return Output(layout, shares, layout, shares)


def write(*values):
    """Give these bytes, in order of the writes; the last goes to the base."""
    return lambda index, _layout, _found: values[index]


def test_a_write_lands_on_the_positions_of_the_view_and_nowhere_else():
    base = Layout((2, 2), (3, 1), 1, "uint8", storage_bytes=6)
    column = Layout((2,), (3,), 2, "uint8", storage_bytes=6)
    seen = run_program(base, bytes(range(6)), [view(column)], write(b"\x81\x82", b"abcd"))
    assert seen.base == bytes([1, 0x81, 4, 0x82])
    assert seen.views == (b"\x81\x82",)
    assert seen.later == (b"bd",)
    assert seen.storage == bytes([0]) + b"ab" + bytes([3]) + b"cd"


def test_a_copy_keeps_what_was_written_to_it():
    base = Layout((2,), (1,), 0, "uint8", storage_bytes=2)
    seen = run_program(base, b"\x01\x02", [view(base, None)], write(b"xy", b"pq"))
    assert (seen.base, seen.views, seen.later, seen.storage) == (b"\x01\x02", (b"xy",), (b"xy",), b"pq")


def test_views_that_share_positions_see_the_last_write():
    base = Layout((3,), (1,), 0, "uint8", storage_bytes=3)
    first, second = Layout((2,), (1,), 0, "uint8"), Layout((2,), (1,), 1, "uint8")
    seen = run_program(base, b"\x01\x02\x03", [view(first), view(second)], write(b"ab", b"cd", b"xyz"))
    assert (seen.base, seen.views) == (b"acd", (b"ac", b"cd"))


def test_a_constant_through_an_overlapping_view_is_stored_once():
    base = Layout((2, 1), (1, 1), 0, "uint8", storage_bytes=2)
    expanded = Layout((2, 3), (1, 0), 0, "uint8", storage_bytes=2)
    seen = run_program(base, b"\x05\x06", [view(expanded)], write(b"\x02", b"ab"))
    assert (seen.base, seen.views, seen.later) == (b"\x02\x02", (b"\x02" * 6,), (b"aaabbb",))


def test_a_base_that_overlaps_itself_is_copied_and_kept():
    base = Layout((2, 2), (0, 1), 0, "int16", storage_bytes=4)
    copy = copied_base(base)
    assert copy == Layout((2, 2), (2, 1), 0, "int16", storage_bytes=8)
    seen = run_program(base, b"\x01\x00\x02\x00", [view(copy)], write(b"abcdefgh", b"ABCDEFGH"), copies=True)
    assert (seen.base, seen.later, seen.storage) == (b"abcdefgh", (b"ABCDEFGH",), b"\x01\x00\x02\x00")


def test_a_view_beyond_its_storage_has_no_program():
    base = Layout((2,), (1,), 0, "uint8", storage_bytes=2)
    with pytest.raises(IndexError, match="wanted 3 bytes"):
        run_program(base, b"ab", [view(Layout((1,), (1,), 2, "uint8"))], write(b"x", b"yz"))


def test_a_write_through_a_lazy_bit_stores_its_inverse():
    value = np.array([3 - 4j], np.complex64).tobytes()
    base = Layout((1,), (1,), 0, "complex64", storage_bytes=8)
    conjugate = base._replace(conj=True)
    seen = run_program(base, bytes(8), [view(conjugate)], write(value, value))
    assert np.frombuffer(seen.base, np.complex64) == np.array([3 + 4j])
    assert np.frombuffer(seen.later[0], np.complex64) == np.array([3 + 4j])


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [("float16", np.float16), ("float64", np.float64), ("complex64", np.complex64), ("int32", np.int32)],
)
@pytest.mark.parametrize(("conj", "neg"), [(False, True), (True, False), (True, True)])
def test_lazy_bits_are_numpys_negative_and_conjugate(dtype, kind, conj, neg):
    values = np.array([1, 2.5, -3, 4 if kind is not np.complex64 else 4 - 7j], kind)
    wanted = values
    if neg:
        wanted = -wanted
    if conj and kind is np.complex64:
        wanted = np.conj(wanted)
    layout = Layout((4,), (1,), 0, dtype, conj and kind is np.complex64, neg)
    assert resolved(layout, values.tobytes()) == wanted.tobytes()
    assert resolved(layout, wanted.tobytes()) == values.tobytes()


@st.composite
def views(draw):
    """A base with gaps and a strided view of it, both as numpy has them, on one storage of bytes."""
    rank = draw(st.integers(1, 3))
    size = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    order = draw(st.permutations(range(rank)))
    steps = [draw(st.integers(-3, 3).filter(bool)) for _ in range(rank)]
    return size, order, [max(1, abs(step)) for step in steps]


@given(views())
def test_every_read_is_numpys(spec):
    size, order, steps = spec
    memory = np.arange(1, 1 + int(np.prod([extent + 1 for extent in size])) + 1, dtype=np.uint8)
    whole = np.lib.stride_tricks.as_strided(
        memory[1:], size, np.zeros(tuple(extent + 1 for extent in size), np.uint8).strides
    )
    part = whole[tuple(slice(None, None, step) for step in steps)].transpose(order)
    start = part.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    base = Layout(whole.shape, whole.strides, 1, "uint8", storage_bytes=memory.nbytes)
    output = Layout(part.shape, part.strides, start, "uint8", storage_bytes=memory.nbytes)
    through, last = bytes(range(128, 128 + part.size)), bytes(range(64, 64 + whole.size))
    seen = run_program(base, memory.tobytes(), [view(output)], write(through, last))
    part[...] = np.frombuffer(through, np.uint8).reshape(part.shape)
    assert (seen.base, seen.views[0]) == (whole.tobytes(), part.tobytes())
    whole[...] = np.frombuffer(last, np.uint8).reshape(whole.shape)
    assert (seen.later[0], seen.storage) == (part.tobytes(), memory.tobytes())


@pytest.mark.parametrize(
    ("size", "stride", "wanted"),
    [((2, 2), (2, 1), False), ((2, 2), (1, 1), True), ((3,), (0,), True), ((0,), (0,), False)],
)
def test_overlap_is_two_elements_on_one_position(size, stride, wanted):
    assert overlaps(Layout(size, stride, 0, "uint8")) is wanted
