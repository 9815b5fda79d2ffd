"""What copies and scatters hold, against numpy on the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from viewproof_reference.layout import Layout
from viewproof_reference.layout.copied import cells, held, is_copy, is_out, is_scatter, laid_out, origins

STORAGE = np.arange(1, 41, dtype=np.int16)
BASE = Layout((3, 4), (8, 2), 3, "int16", storage_bytes=80)
SENT = -np.arange(1, 30, dtype=np.int16)


def strided(storage, layout):
    step = storage.itemsize
    return np.lib.stride_tricks.as_strided(
        storage[layout.offset :], layout.size, [one * step for one in layout.stride], writeable=False
    )


def numbers(found, dtype="int16"):
    return [np.frombuffer(one, dtype)[0] for one in found]


def test_a_copy_holds_what_numpy_reads():
    (found,) = held("aten.transpose_copy.int", (BASE, 0, 1), {}, {"self": STORAGE.tobytes()})
    assert numbers(found) == strided(STORAGE, BASE).T.ravel().tolist()


@pytest.mark.parametrize(
    ("overload", "args", "place"),
    [
        ("select_scatter.default", (1, 2), (slice(None), 2)),
        ("slice_scatter.default", (0, 1, None, 1), (slice(1, None),)),
        ("slice_scatter.default", (1, 0, 4, 2), (slice(None), slice(0, 4, 2))),
    ],
)
def test_a_scatter_holds_src_at_the_view_and_the_base_elsewhere(overload, args, place):
    wanted = strided(STORAGE, BASE).copy()
    size = wanted[place].shape
    src = Layout(
        size,
        tuple(2 * one for one in Layout(size, tuple(np.cumprod((*size[1:][::-1], 1)[::-1])[::-1]), 0, "int16").stride),
        1,
        "int16",
        storage_bytes=58,
    )
    wanted[place] = strided(SENT, src)
    (found,) = held(f"aten.{overload}", (BASE, src, *args), {}, {"self": STORAGE.tobytes(), "src": SENT.tobytes()})
    assert numbers(found) == wanted.ravel().tolist()


def test_diagonal_scatter_is_numpys_fill_of_the_diagonal():
    src = Layout((3,), (1,), 0, "int16", storage_bytes=6)
    wanted = strided(STORAGE, BASE).copy()
    wanted[range(3), range(3)] = SENT[:3]
    storages = {"self": STORAGE.tobytes(), "src": SENT.tobytes()}
    (found,) = held("aten.diagonal_scatter.default", (BASE, src), {}, storages)
    assert numbers(found) == wanted.ravel().tolist()


def test_as_strided_scatter_names_positions_of_the_storage():
    src = Layout((2,), (1,), 0, "int16", storage_bytes=4)
    storages = {"self": STORAGE.tobytes(), "src": SENT.tobytes()}
    # Positions 3 and 4: the base's first element, and one between its elements.
    (found,) = held("aten.as_strided_scatter.default", (BASE, src, [2], [1], 3), {}, storages)
    assert numbers(found)[0] == SENT[0]
    assert numbers(found)[1:] == strided(STORAGE, BASE).ravel().tolist()[1:]


def test_a_src_of_another_dtype_is_not_compared():
    src = Layout((4,), (1,), 0, "int8", storage_bytes=4)
    storages = {"self": STORAGE.tobytes(), "src": bytes(4)}
    (found,) = held("aten.select_scatter.default", (BASE, src, 0, 0), {}, storages)
    assert found[:4] == (None,) * 4
    assert None not in found[4:]


def test_a_copy_of_a_materialized_operand_reads_what_torch_makes_on_the_way():
    storage = np.array([1 + 2j, 3 + 4j, 5 + 6j], dtype=np.complex64)
    lazy = Layout((2,), (2,), 0, "complex64", conj=True, storage_bytes=24)
    (found,) = held("aten.view_as_real_copy.default", (lazy,), {}, {"self": storage.tobytes()})
    assert numbers(found, "float32") == [1, -2, 5, -6]


def test_the_out_has_no_part_in_the_values():
    args, storages = (BASE, 0, 1), {"self": STORAGE.tobytes()}
    out = Layout((1,), (1,), 0, "int16", storage_bytes=2)
    assert held("aten.select_copy.int_out", args, {"out": out}, storages) == held(
        "aten.select_copy.int", args, {}, storages
    )
    converted = Layout((3, 4), (4, 1), 0, "float32", storage_bytes=48)
    assert held("aten._to_copy.out", (BASE,), {"out": converted}, storages) == ((None,) * 12,)


def test_what_is_laid_out_is_read_back():
    values = [bytes([one, one]) for one in range(12)]
    assert cells(BASE, laid_out(BASE, values)) == values


def test_kinds():
    assert is_copy("aten.t_copy.default")
    assert is_copy("aten.slice_scatter.out")
    assert not is_copy("aten.t.default")
    assert is_out("aten.slice_scatter.out")
    assert not is_out("aten.t_copy.default")
    assert is_scatter("aten.slice_scatter.default")
    assert not is_scatter("aten.slice_scatter.out")


def test_origins_name_the_source_and_the_element():
    src = Layout((2,), (3,), 0, "int16", storage_bytes=8)
    base = Layout((4,), (1,), 0, "int16", storage_bytes=8)
    found = origins("aten.slice_scatter.default", (base, src, 0, 1, None, 2), {})
    assert found == [("self", 0), ("src", 0), ("self", 2), ("src", 1)]
