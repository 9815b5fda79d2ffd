"""What a glance on the host expects in bytes is what the reference's own arithmetic says."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from viewproof.tensors.bases import host_cells
from viewproof.tensors.fillings import fillings, marked
from viewproof.tensors.host_bytes import CHANGED, Unhandled, left_by_write, read, room_of, sight_of, two_will_do
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import needed_bytes, read_bytes, touched_bytes

DTYPE = st.sampled_from(["uint8", "int16", "float32", "complex64"])


@st.composite
def views(draw):
    size = tuple(draw(st.lists(st.integers(0, 3), max_size=3)))
    stride = tuple(draw(st.lists(st.integers(0, 4), min_size=len(size), max_size=len(size))))
    dtype, offset = draw(DTYPE), draw(st.integers(0, 3))
    bits = draw(st.booleans()) if dtype == "complex64" else False, draw(st.booleans()) and dtype != "uint8"
    view = Layout(size, stride, offset, dtype, *bits)
    room = needed_bytes(view) + draw(st.integers(0, 2)) * DTYPES[dtype].itemsize
    return view._replace(storage_bytes=room)


@given(views())
def test_what_is_read_and_what_is_left(view):
    sight = sight_of(view, view.dtype)
    touched = touched_bytes(view)
    left = bytes([0 if byte in touched else 1 for byte in range(view.storage_bytes)])
    assert left_by_write(view) == left
    if sight is None:
        return
    rows = fillings(view.storage_bytes, view.dtype)
    assert sight.first == rows[1]
    assert sight.later[0] == (rows[0], read_bytes(view, rows[0]))
    assert sight.written == left
    assert not touched or all(expected != read_bytes(view, sight.first) for _, expected in sight.later)


def test_bytes_read_as_bool_are_not_for_a_glance():
    with pytest.raises(Unhandled):
        two_will_do(8, "uint8", "bool", False)
    assert sight_of(Layout((2,), (1,), 0, "bool", storage_bytes=8), "uint8") is None
    assert sight_of(Layout((8,), (1,), 0, "bool", storage_bytes=8), "bool") is not None


def test_room_is_read_into_and_cells_are_the_storage_itself():
    tensor = torch.arange(6, dtype=torch.int16).reshape(2, 3)
    storage = tensor.untyped_storage()
    cells = host_cells(storage.data_ptr(), storage.nbytes())
    assert read(tensor.t(), room_of((3, 2), "int16")) == tensor.t().contiguous().numpy().tobytes()
    cells[:] = marked(12)
    assert tensor.tolist() == [[257] * 3] * 2
    tensor.zero_()
    assert cells.tobytes().translate(CHANGED) == bytes(12)
    assert host_cells(0, 0).tobytes() == b""


def test_empty_sizes_have_room():
    assert read(torch.empty(0, 3), room_of((0, 3), "float32")) == b""
