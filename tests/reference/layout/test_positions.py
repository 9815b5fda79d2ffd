"""Positions, reads and writes against numpy's own strided views, and against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import needed_bytes, positions, read_bytes, touched_bytes

PLAIN = [name for name, row in DTYPES.items() if row.itemsize <= 8]
NUMPY_FLOATS = {"float16": "<f2", "float32": "<f4", "float64": "<f8"}
NUMPY_COMPLEX = {"complex64": "<c8", "complex128": "<c16"}


@st.composite
def layouts(draw, dtypes=PLAIN, smallest=0):
    rank = draw(st.integers(0, 3))
    size = tuple(draw(st.integers(smallest, 4)) for _ in range(rank))
    stride = tuple(draw(st.integers(0, 5)) for _ in range(rank))
    layout = Layout(size, stride, draw(st.integers(0, 5)), draw(st.sampled_from(dtypes)))
    spare = draw(st.integers(0, 2)) * DTYPES[layout.dtype].itemsize
    return layout._replace(storage_bytes=needed_bytes(layout) + spare)


def brute(layout):
    indices = itertools.product(*[range(extent) for extent in layout.size])
    return [layout.offset + sum(i * s for i, s in zip(index, layout.stride, strict=True)) for index in indices]


def as_numpy(layout, storage, dtype):
    width = DTYPES[layout.dtype].itemsize
    flat = np.frombuffer(storage, dtype=np.uint8)[layout.offset * width :]
    stride = [step * width for step in layout.stride]
    return np.ndarray(layout.size, dtype=dtype, buffer=flat.tobytes(), strides=stride)


def storage_of(layout, seed=0):
    return np.random.default_rng(seed).integers(0, 256, layout.storage_bytes, dtype=np.uint8).tobytes()


@given(layouts())
def test_positions_are_row_major_sums(layout):
    assert positions(layout) == tuple(brute(layout))


@given(layouts())
def test_needed_bytes_is_the_end_of_the_last_element(layout):
    places = brute(layout)
    width = DTYPES[layout.dtype].itemsize
    assert needed_bytes(layout) == ((max(places) + 1) * width if places else 0)


@given(layouts())
def test_touched_bytes_are_the_bytes_of_the_positions(layout):
    width = DTYPES[layout.dtype].itemsize
    assert touched_bytes(layout) == {byte for p in brute(layout) for byte in range(p * width, p * width + width)}


@given(layouts(smallest=1))
def test_a_read_is_numpys_read(layout):
    width = DTYPES[layout.dtype].itemsize
    storage = storage_of(layout)
    assert read_bytes(layout, storage) == as_numpy(layout, storage, f"V{width}").tobytes()


@given(layouts(list(NUMPY_FLOATS), smallest=1))
def test_the_negative_bit_flips_the_sign_of_floats(layout):
    storage = storage_of(layout)
    raw = as_numpy(layout, storage, NUMPY_FLOATS[layout.dtype])
    assert read_bytes(layout._replace(neg=True), storage) == np.copysign(raw, -np.sign(np.copysign(1, raw))).tobytes()


@given(layouts(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"], smallest=1))
def test_the_negative_bit_is_twos_complement_for_integers(layout):
    storage = storage_of(layout)
    raw = as_numpy(layout, storage, np.dtype(layout.dtype))
    assert read_bytes(layout._replace(neg=True), storage) == np.negative(raw).tobytes()


@pytest.mark.parametrize(("conj", "neg"), [(True, False), (False, True), (True, True)])
@given(layout=layouts(list(NUMPY_COMPLEX), smallest=1))
def test_the_bits_of_complex_numbers_are_resolved(conj, neg, layout):
    numbers = np.arange(1, layout.storage_bytes // DTYPES[layout.dtype].itemsize + 1)
    storage = (numbers + 1j * (numbers + 100)).astype(NUMPY_COMPLEX[layout.dtype]).tobytes()
    value = as_numpy(layout, storage, NUMPY_COMPLEX[layout.dtype])
    value = np.conj(value) if conj else value
    value = -value if neg else value
    assert read_bytes(layout._replace(conj=conj, neg=neg), storage) == value.tobytes()


def test_complex_half_is_two_halves():
    storage = np.array([1, 2, 3, 4], "<f2").tobytes()
    layout = Layout((2,), (1,), 0, "complex32", conj=True, storage_bytes=8)
    assert np.frombuffer(read_bytes(layout, storage), "<f2").tolist() == [1, -2, 3, -4]


def test_a_read_that_leaves_the_storage_is_refused():
    with pytest.raises(IndexError, match="wanted at most 7"):
        read_bytes(Layout((2,), (1,), 0, "float32"), bytes(7))


def test_a_tensor_without_elements_needs_and_reads_nothing():
    layout = Layout((3, 0), (1, 1), 99, "float32")
    assert (needed_bytes(layout), touched_bytes(layout), read_bytes(layout, b"")) == (0, set(), b"")
