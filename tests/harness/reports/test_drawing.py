"""The drawing: every element on its cell, wrapped and cut where it is large."""

from viewproof.reports.drawing import draw_storage, draw_together
from viewproof_reference.layout import Layout


def layout(size, stride, offset=0, count=6, dtype="float32"):
    return Layout(size, stride, offset, dtype, storage_bytes=count * 4)


def test_a_transposed_view_lies_where_its_strides_say():
    text = draw_storage([("view", layout((3, 2), (1, 3)))])
    assert text.splitlines()[1].split() == ["cell", "0", "1", "2", "3", "4", "5"]
    assert text.splitlines()[2].split() == ["view", "0,0", "1,0", "2,0", "0,1", "1,1", "2,1"]


def test_overlap_gaps_and_elements_outside_are_shown():
    text = draw_storage([("view", layout((3,), (0,)))])
    assert "0+2" in text
    assert "." in text
    assert "view: 1 element outside the storage: 1" in draw_storage([("view", layout((2,), (6,)))])


def test_the_head_counts_in_words():
    assert draw_storage([("view", layout((1,), (1,), count=1))]).startswith("storage: 4 bytes, 1 cell of 4 bytes\n")


def test_wide_elements_span_cells():
    pair = [("wide", layout((1,), (1,), dtype="complex64")), ("narrow", layout((2,), (1,)))]
    assert draw_storage(pair).splitlines()[2].split()[:3] == ["wide", "0", "="]


def test_lines_wrap_and_large_storages_are_elided():
    text = draw_storage([("view", layout((600,), (1,), count=600))], width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "88 more cells are not drawn" in text
    assert "88 elements lie on cells that are not drawn" in text


def test_expected_and_observed_share_one_storage():
    lines = draw_together(layout((2,), (1,)), layout((2,), (1,), offset=1)).splitlines()
    assert lines[2].split() == ["expected", "0", "1", ".", ".", ".", "."]
    assert lines[3].split() == ["observed", ".", "0", "1", ".", ".", "."]
