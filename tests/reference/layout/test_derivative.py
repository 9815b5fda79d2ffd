"""Gradients and tangents of reads against the matrix written out, and its transpose, in numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout.derivative import expected_gradient, expected_tangent, sent
from viewproof_reference.layout.model import Layout, contiguous_strides
from viewproof_reference.layout.positions import positions


@st.composite
def pairs(draw):
    """A contiguous base and two reads of it, complex or real, with any bits."""
    is_complex = draw(st.booleans())
    bits = st.booleans() if is_complex else st.just(False)
    dtype = "complex64" if is_complex else "float32"
    size = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    count = size[0] * size[1]
    base = Layout(size, contiguous_strides(size), 0, dtype, draw(bits), draw(st.booleans()))
    reads = []
    for _ in range(2):
        extent = draw(st.integers(0, 3))
        offset = draw(st.integers(0, count - 1))
        step = draw(st.integers(0, (count - 1 - offset) // (extent - 1))) if extent > 1 else draw(st.integers(0, 3))
        reads.append(Layout((extent,), (step,), offset, dtype, draw(bits), draw(st.booleans())))
    return base, reads


def matrix(layout, count):
    """The read as a matrix on real components: two rows a complex element, one a real one."""
    parts = 2 if layout.dtype.startswith("complex") else 1
    rows = np.zeros((len(positions(layout)) * parts, count * parts), dtype=int)
    for index, place in enumerate(positions(layout)):
        sign = -1 if layout.neg else 1
        rows[index * parts, place * parts] = sign
        if parts == 2:
            rows[index * 2 + 1, place * 2 + 1] = -sign if layout.conj else sign
    return rows


def flat(numbers, dtype):
    if dtype.startswith("complex"):
        return np.array([[int(one.real), int(one.imag)] for one in numbers], dtype=int).reshape(-1)
    return np.array([int(one.real) for one in numbers], dtype=int)


@given(pairs())
def test_a_gradient_is_the_transpose(pair):
    base, reads = pair
    count = len(positions(base))
    total = np.zeros(count * (2 if base.dtype == "complex64" else 1), dtype=int)
    for one in reads:
        # the storage by the base's elements is the base's own matrix, which is its own inverse
        local = matrix(one, count) @ matrix(base, count)
        total += local.T @ flat(sent(len(positions(one)), base.dtype == "complex64"), base.dtype)
    assert flat(expected_gradient(base, reads), base.dtype).tolist() == total.tolist()


@given(pairs())
def test_a_tangent_is_the_read_of_the_tangent(pair):
    base, reads = pair
    count = len(positions(base))
    carried = flat(sent(count, base.dtype == "complex64"), base.dtype)
    for one in reads:
        wanted = matrix(one, count) @ matrix(base, count) @ carried
        assert flat(expected_tangent(base, one), base.dtype).tolist() == wanted.tolist()


@pytest.mark.parametrize("is_complex", [False, True])
def test_what_is_sent_is_distinct_and_exact_in_small_floats(is_complex):
    numbers = sent(24, is_complex)
    assert len(set(numbers)) == len(numbers)
    assert all(one.real == int(one.real) and 0 < one.real < 256 and one.imag < 256 for one in numbers)


def test_an_expanded_read_sums():
    base = Layout((2,), (1,), 0, "float32")
    assert expected_gradient(base, [Layout((3,), (0,), 1, "float32")]) == [0, 6]
